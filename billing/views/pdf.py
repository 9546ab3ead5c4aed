"""A paper as PDF: French, one page, the core fonts, no network."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from billing.money import euros
from billing.queries.cover import statement
from billing.queries.papers import Paper

SETTLED = {"card": "carte bancaire", "off_platform": "réglé au cabinet, hors plateforme"}


def pdf_of(paper: Paper) -> bytes:
    """The bytes of the PDF; the same paper gives the same words for ever."""
    sheet = FPDF(format="A4")
    sheet.core_fonts_encoding = "windows-1252"
    sheet.set_creation_date(paper.receipt.issued_at)
    sheet.set_title(f"{_title(paper)} {paper.number}")
    sheet.set_lang("fr")
    sheet.add_page()
    sheet.set_font("Helvetica", "B", 18)
    _line(sheet, _title(paper), 14)
    sheet.set_font("Helvetica", "", 11)
    for text in _heading(paper):
        _line(sheet, text)
    sheet.ln(6)
    for name, amount in _amounts(paper):
        sheet.cell(130, 9, _fit(name), border="B")
        sheet.cell(0, 9, amount, border="B", align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(8)
    sheet.set_font("Helvetica", "", 9)
    for text in _foot(paper):
        sheet.multi_cell(0, 5, _fit(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return bytes(sheet.output())


def _line(sheet: FPDF, text: str, height: float = 7) -> None:
    sheet.cell(0, height, _fit(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fit(text: str) -> str:
    """What the core fonts can write; anything else becomes a question mark."""
    return text.encode("windows-1252", "replace").decode("windows-1252")


CREDITS = {"credit": "Avoir", "credit_undone": "Avoir annulé"}


def _title(paper: Paper) -> str:
    if paper.receipt.kind in CREDITS:
        return CREDITS[paper.receipt.kind]
    return "Facture" if paper.is_invoice else "Reçu d'honoraires"


def _heading(paper: Paper) -> list[str]:
    says = paper.says
    lines = [f"N° {paper.number}", f"Émis le {paper.receipt.issued_at:%d/%m/%Y}", says["issuer"]]
    if says["issuer_number"]:
        lines.append(f"RPPS {says['issuer_number']}")
    lines.append(f"Règlement : {SETTLED[says['settlement']]}")
    return lines


def _amounts(paper: Paper) -> list[tuple[str, str]]:
    says = paper.says
    if not paper.is_invoice:
        return [("Honoraires (télé-conseil écrit, exonérés de TVA)", euros(says["cents"]))]
    return [
        ("Frais de mise en relation, hors taxes", euros(says["cents"] - says["vat_cents"])),
        (f"TVA {says['vat_bps'] // 100} %", euros(says["vat_cents"])),
        ("Total toutes taxes comprises", euros(says["cents"])),
    ]


def _foot(paper: Paper) -> list[str]:
    covered = statement(paper.receipt.issued_at, "fr")
    lines = [f"Non remboursé par l'Assurance maladie. {covered.reason} ({covered.article})"]
    if paper.receipt.kind in CREDITS:
        lines = [f"Sur le document n° {paper.original}, dont il rend la somme ci-dessus."]
        if paper.receipt.kind == "credit_undone":
            lines = [f"Le remboursement est revenu : l'avoir sur {paper.original} est annulé."]
    if not paper.is_invoice:
        lines.append("Exonération de TVA : article 261, 4, 1° du code général des impôts.")
    own, fee = paper.split
    lines.append(
        f"Devis accepté : honoraires du médecin {euros(own)}, frais de la plateforme {euros(fee)},"
        f" total {euros(own + fee)}."
    )
    if visa := paper.visa:
        tacit = " (tacite)" if visa["tacit"] else ""
        lines.append(
            f"Contrat du médecin : avis favorable de l'Ordre du {visa['day']},"
            f" réf. {visa['reference'] or '-'}{tacit}."
        )
    lines.append(f"Devis accepté, empreinte SHA-256 : {paper.says['quote_sha256']}")
    return lines
