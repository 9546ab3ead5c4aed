"""A paper as PDF/A-3: French, one page, its fonts inside, no network; an invoice to a business
carries its data as `factur-x.xml` (Factur-X 1.0, profile EN 16931)."""

from datetime import UTC
from xml.sax.saxutils import escape

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from billing.queries.cover import statement
from billing.queries.papers import Paper
from billing.views.facturx import FILE_NAME, xml_of
from billing.views.sheet import Row, Sheet, sheet_of, split_of
from consults.adapters.pdf import FONT, FONTS

PRODUCER = "teleconseil"
DEEP, SOFT, LINE = (14, 74, 82), (92, 104, 108), (205, 213, 214)


def pdf_of(paper: Paper, patient: str = "") -> bytes:
    """The bytes of the PDF; the same paper gives the same bytes for ever."""
    said = sheet_of(paper, patient)
    sheet = _blank(paper, f"{said.title} {said.number}")
    _head(sheet, said)
    _amounts(sheet, said)
    _foot(sheet, paper, said)
    business = "customer" in paper.says
    if business:
        sheet.embed_file(
            bytes=xml_of(paper), basename=FILE_NAME, mime_type="text/xml",
            desc="Facture électronique, Factur-X 1.0, EN 16931", compress=True,
            modification_date=paper.receipt.issued_at, creation_date=paper.receipt.issued_at,
            associated_file_relationship="Alternative",
        )  # fmt: skip
    sheet.set_xmp_metadata(_xmp(paper, f"{said.title} {said.number}", business=business))
    return bytes(sheet.output())


def _blank(paper: Paper, title: str) -> FPDF:
    sheet = FPDF(format="A4", enforce_compliance="PDF/A-3B")
    sheet.set_creation_date(paper.receipt.issued_at.astimezone(UTC))
    sheet.set_title(title)
    sheet.set_producer(PRODUCER)
    sheet.set_lang("fr-FR")
    sheet.set_margins(20, 18)
    sheet.set_auto_page_break(True, 18)
    sheet.add_font(FONT, "", FONTS / "DejaVuSansCondensed.ttf")
    sheet.add_font(FONT, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
    sheet.add_page()
    return sheet


def _head(sheet: FPDF, said: Sheet) -> None:
    """Who issues it, for whom, its title, its number and its dates."""
    top = sheet.get_y()
    _block(sheet, said.issuer, sheet.l_margin, 90)
    below = sheet.get_y()
    sheet.set_y(top)
    if said.client:
        _block(sheet, said.client, 120, 70)
    sheet.set_xy(sheet.l_margin, max(below, sheet.get_y()) + 12)
    sheet.set_text_color(*DEEP)
    sheet.set_font(FONT, "B", 20)
    _text(sheet, said.title, 10)
    sheet.set_text_color(0)
    sheet.set_font(FONT, "", 12)
    _text(sheet, f"N° {said.number}", 7)
    sheet.ln(4)
    for name, value in said.facts:
        sheet.set_font(FONT, "", 10)
        sheet.set_text_color(*SOFT)
        sheet.cell(48, 6, name)
        sheet.set_text_color(0)
        _text(sheet, value, 6)


def _block(sheet: FPDF, lines: list[str], left: float, width: float) -> None:
    for place, line in enumerate(lines):
        sheet.set_x(left)
        sheet.set_font(FONT, "" if place else "B", 10.5)
        _text(sheet, line, 5.4, width)


def _amounts(sheet: FPDF, said: Sheet) -> None:
    """Each line with its amount, and the total in bold."""
    sheet.ln(8)
    sheet.set_draw_color(*LINE)
    for row in said.rows:
        sheet.set_font(FONT, "", 10.5)
        _amount(sheet, row, 8, border="" if row.how else "B")
        if row.how:
            sheet.set_font(FONT, "", 9)
            sheet.set_text_color(*SOFT)
            sheet.cell(0, 6, _fit(sheet, row.how), border="B", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            sheet.set_text_color(0)
    sheet.set_font(FONT, "B", 12.5)
    _amount(sheet, said.total, 11)


def _amount(sheet: FPDF, row: Row, height: float, border: str = "") -> None:
    sheet.cell(130, height, _fit(sheet, row.label), border=border or 0)
    sheet.cell(
        0, height, row.amount, border=border or 0, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT
    )


def _foot(sheet: FPDF, paper: Paper, said: Sheet) -> None:
    """What the law wants said; the whole quote beside it, but never to a business."""
    notes = list(said.notes)
    if "customer" not in paper.says:
        covered = statement(paper.receipt.issued_at, "fr")
        source = f" ({covered.article})" if covered.article else ""
        notes.append(f"Non remboursé par l’Assurance maladie. {covered.reason}{source}")
        notes.append(split_of(paper))
    notes.append(f"Devis accepté, empreinte SHA-256 : {paper.says['quote_sha256']}")
    sheet.ln(8)
    sheet.set_font(FONT, "", 8.8)
    for text in notes:
        _text(sheet, text, 4.8)
        sheet.ln(1.2)


def _text(sheet: FPDF, text: str, height: float, width: float = 0) -> None:
    fitted = _fit(sheet, text)
    sheet.multi_cell(width, height, fitted, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fit(sheet: FPDF, text: str) -> str:
    """What the font can write; anything else is marked as such."""
    known = sheet.current_font.cmap  # type: ignore[union-attr]
    return "".join(c if ord(c) in known else "\ufffd" for c in text.replace("\u202f", "\xa0"))


def _xmp(paper: Paper, title: str, *, business: bool) -> str:
    """The file's metadata: its kind of PDF/A, its title and day, and Factur-X where it is one."""
    at = paper.receipt.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    return XMP.format(
        title=escape(title), at=at, producer=PRODUCER, facturx=FACTURX if business else ""
    )


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{producer}</pdf:Producer><xmp:CreateDate>{at}</xmp:CreateDate>
</rdf:Description>{facturx}
</rdf:RDF>
</x:xmpmeta>"""
_PROPERTY = (
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{0}</pdfaProperty:name>'
    "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
    "<pdfaProperty:category>external</pdfaProperty:category>"
    "<pdfaProperty:description>{1}</pdfaProperty:description></rdf:li>"
)
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# The four properties of Factur-X, and the extension schema that PDF/A asks for with them.
FACTURX = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">'
    "<fx:DocumentType>INVOICE</fx:DocumentType>"
    f"<fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName>"
    "<fx:Version>1.0</fx:Version><fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>"
    '</rdf:Description><rdf:Description rdf:about=""'
    ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>'
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
    f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    + _PROPERTY.format("DocumentFileName", "name of the embedded XML invoice file")
    + _PROPERTY.format("DocumentType", "INVOICE")
    + _PROPERTY.format("Version", "version of the Factur-X data")
    + _PROPERTY.format("ConformanceLevel", "conformance level of the Factur-X data")
    + "</rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>"
    "</rdf:Description>"
)
