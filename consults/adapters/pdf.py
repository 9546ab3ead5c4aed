"""A report as PDF: the house's own font, no network, the same bytes for the same report."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from consults.facts import Report

FONTS = Path(__file__).parent / "fonts"
FONT = "DejaVu"
PARIS = ZoneInfo("Europe/Paris")
# The kind of document, as shared health records call it.
LOINC, LOINC_NAME = "11488-4", "CR ou fiche de consultation ou de visite"
OUTCOMES = {
    "advised": "conseil donné",
    "adapted-treatment": "traitement adapté par son prescripteur",
    "see-physician": "consultation d'un médecin conseillée",
    "emergency": "patient adressé aux urgences (15 ou 112)",
    "cannot-answer": "réponse impossible par écrit",
}
NATURES = {"telemedicine_act": "acte de télémédecine", "simple_advice": "simple conseil"}
INCIDENTS = {
    "": "non renseigné",
    "none": "aucun",
    "technical": "technique",
    "identity": "doute sur l'identité",
    "comprehension": "compréhension",
    "other": "autre",
}
IDENTIFIED = {
    "": "déclarée, non vérifiée",
    "physician": "vérifiée par un médecin",
    "identity-provider": "vérifiée par un fournisseur d'identité",
}
NO_PRESCRIPTION = "Ce document n'est pas une ordonnance : le service n'en produit aucune."


@dataclass(frozen=True)
class ReportPaper:
    """A signed report with what its header says; `repeated` warns of a mail sent twice."""

    set_id: UUID
    signed_at: datetime
    author: str
    rpps: str
    specialty: str
    patient: str
    born: date
    identified_by: str
    recipient: str
    act_kind: str
    outcome: str
    incidents: str
    report: Report
    answer: str
    version: int = 1

    @property
    def file_name(self) -> str:
        """What the file is called: no name of anybody, no word of medicine."""
        return f"document-{self.set_id.hex[:12]}-v{self.version}.pdf"


class _Sheet(FPDF):
    """A page with its number and the document's own at the foot."""

    document = ""

    def footer(self) -> None:
        """The foot of each page."""
        self.set_y(-15)
        self.set_font(FONT, "", 8)
        self.set_text_color(90)
        self.cell(0, 5, self.document)
        self.cell(0, 5, f"Page {self.page_no()}/{{nb}}", align="R")
        self.set_text_color(0)


def pdf_of(paper: ReportPaper) -> bytes:
    """The bytes of the PDF; a sign that the font lacks becomes the replacement sign."""
    sheet = _Sheet(format="A4")
    sheet.document = f"Document {paper.set_id}, version {paper.version}"
    sheet.set_creation_date(paper.signed_at)
    sheet.set_title(sheet.document)
    sheet.set_lang("fr-FR")
    sheet.set_margins(18, 16)
    sheet.set_auto_page_break(True, 20)
    sheet.add_font(FONT, "", FONTS / "DejaVuSansCondensed.ttf")
    sheet.add_font(FONT, "B", FONTS / "DejaVuSansCondensed-Bold.ttf")
    sheet.add_page()
    sheet.set_font(FONT, "B", 17)
    _text(sheet, "Compte rendu de téléconseil", 9)
    sheet.ln(2)
    for name, said in _header(paper):
        _line(sheet, name, said)
    sheet.ln(3)
    for title, body in _body(paper):
        sheet.set_font(FONT, "B", 11.5)
        _text(sheet, title, 8)
        sheet.set_font(FONT, "", 10.5)
        _text(sheet, body, 5.4)
        sheet.ln(2.5)
    sheet.set_font(FONT, "", 8.5)
    _text(sheet, "Secret médical : articles L.1110-4 et R.4127-4 du code de la santé publique.", 5)
    return bytes(sheet.output())


def moment(at: datetime) -> str:
    """A moment in Paris with its offset, for people and machines alike."""
    local = at.astimezone(PARIS)
    offset = local.strftime("%z")
    return f"{local:%d/%m/%Y %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"


def _header(paper: ReportPaper) -> list[tuple[str, str]]:
    return [
        ("Patient", f"{paper.patient}, né(e) le {paper.born:%d/%m/%Y}"),
        ("Identité", IDENTIFIED.get(paper.identified_by, paper.identified_by)),
        ("Auteur", f"{paper.author}, {paper.specialty}"),
        ("RPPS de l'auteur", paper.rpps),
        ("Destinataire", paper.recipient),
        ("Signé le", moment(paper.signed_at)),
        ("Type de document", f"{LOINC_NAME} (LOINC {LOINC})"),
        ("Identifiant", f"{paper.set_id}, version {paper.version}"),
        ("Confidentialité", "normale (N)"),
        ("Langue", "fr-FR"),
        ("Nature", NATURES[paper.act_kind]),
        ("Issue", OUTCOMES[paper.outcome]),
        ("Incidents", INCIDENTS[paper.incidents]),
    ]


def _body(paper: ReportPaper) -> list[tuple[str, str]]:
    said = paper.report
    treatment = (
        f"{said.drug}\nAncienne dose : {said.old_dose}\nNouvelle dose : {said.new_dose}\n"
        f"{NO_PRESCRIPTION}"
    )
    parts = [
        ("Motif", said.reason),
        ("Traitement adapté", treatment if said.adapts else ""),
        ("Analyse", said.text),
        ("Conseil", said.advice or paper.answer),
        ("Actes et prescriptions", said.acts),
        ("Suite à donner", said.follow_up),
    ]
    return [(title, body) for title, body in parts if body.strip()]


def _line(sheet: FPDF, name: str, said: str) -> None:
    sheet.set_font(FONT, "B", 9.5)
    sheet.cell(42, 5.4, _fit(sheet, name))
    sheet.set_font(FONT, "", 9.5)
    _text(sheet, said, 5.4)


def _text(sheet: FPDF, text: str, height: float) -> None:
    fitted = _fit(sheet, text)
    sheet.multi_cell(0, height, fitted, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _fit(sheet: FPDF, text: str) -> str:
    """What the font can write; tabs are spaces, anything else unknown is marked as such."""
    known = sheet.current_font.cmap  # type: ignore[union-attr]
    spaced = text.replace("\t", "    ")
    return "".join(c if c == "\n" or ord(c) in known else "\ufffd" for c in spaced)
