"""What a paper says, in French and in order: the page and the PDF are both laid out from this."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.money import euros
from billing.queries.papers import Paper, local_day

BY_CARD = {"card": "carte bancaire", "off_platform": "réglé au cabinet, hors plateforme"}
MODES = {"transfer": "virement", "cheque": "chèque", "cash": "espèces"}
SECTORS = {
    "sector-1": "conventionné, secteur 1",
    "sector-2": "conventionné, secteur 2",
    "sector-2-optam": "conventionné, secteur 2, OPTAM",
    "outside": "non conventionné",
}
UNITS = {"C62": ("", ""), "MIN": ("minute", "minutes")}
CREDITS = {"credit": "Avoir", "credit_undone": "Avoir annulé"}
ACT = "Télé-conseil médical écrit"
EXEMPT = "Exonération de TVA : article 261, 4, 1° du code général des impôts."
# What an invoice to a business says, paid or not: L.441-9, L.441-10, D.441-5 code de commerce.
NO_DISCOUNT = "Pas d’escompte pour paiement anticipé."
LATE = "Pénalités de retard : trois fois le taux d’intérêt légal."
RECOVERY = "Indemnité forfaitaire pour frais de recouvrement : 40 €."
WITHOUT_VAT = "TVA non applicable, article 293 B du code général des impôts."


@dataclass(frozen=True)
class Row:
    """One line of amounts; `how` says quantity and price where there is more than one unit."""

    label: str
    amount: str
    how: str = ""


@dataclass(frozen=True)
class Sheet:
    """A paper ready to be laid out."""

    title: str
    number: str
    issuer: list[str]
    client: list[str]
    facts: list[tuple[str, str]]
    rows: list[Row]
    total: Row
    notes: list[str]


def sheet_of(paper: Paper, patient: str = "") -> Sheet:
    """Everything that a paper says; the patient's name is on a physician's receipt alone."""
    invoice = paper.is_invoice
    return Sheet(
        title=_title(paper),
        number=paper.number,
        issuer=_seller(paper.says) if invoice else _physician(paper.says),
        client=_customer(paper.says) if invoice else [],
        facts=_facts(paper, "" if invoice else patient),
        rows=_rows(paper) if invoice else [],
        total=_total(paper),
        notes=_notes(paper),
    )


def french(day: str) -> str:
    """A day as it is printed."""
    return f"{date.fromisoformat(day):%d/%m/%Y}"


def percent(bps: int) -> str:
    """A rate as it is printed: `20`, `5,5`."""
    return f"{bps / 100:g}".replace(".", ",")


def _title(paper: Paper) -> str:
    if paper.receipt.kind in CREDITS:
        return CREDITS[paper.receipt.kind]
    return "Facture" if paper.is_invoice else "Reçu d’honoraires"


def _seller(says: dict[str, Any]) -> list[str]:
    said = says.get("seller")
    if not said:
        return [says["issuer"]]
    known = [
        said["name"],
        said["legal"],
        said["street"],
        f"{said['postcode']} {said['city']}".strip(),
        said["siren"] and f"SIREN {said['siren']}",
        said["vat_number"] and f"N° de TVA {said['vat_number']}",
    ]
    return [line for line in known if line]


def _physician(says: dict[str, Any]) -> list[str]:
    sector = SECTORS.get(says.get("sector", ""), "")
    address = says.get("address", "").splitlines()
    rpps = f"RPPS {says['issuer_number']}"
    return [says["issuer"], *address, rpps, *([sector] if sector else [])]


def _customer(says: dict[str, Any]) -> list[str]:
    said = says.get("customer")
    if not said:
        return ["Un particulier"]
    known = [
        said["name"],
        said["street"],
        f"{said['postcode']} {said['city']}".strip(),
        f"{'SIRET' if len(said['siren']) == 14 else 'SIREN'} {said['siren']}",
        said["vat_number"] and f"N° de TVA {said['vat_number']}",
    ]
    return [line for line in known if line]


def _facts(paper: Paper, patient: str) -> list[tuple[str, str]]:
    says = paper.says
    facts = [("Émis le", f"{local_day(paper.receipt.issued_at):%d/%m/%Y}")]
    if not paper.is_invoice:
        facts.append(("Acte", ACT))
    if patient:
        facts.append(("Patient", patient))
    if done := says.get("done_on"):
        facts.append(("Service rendu le" if paper.is_invoice else "Avis rendu le", french(done)))
    settled = BY_CARD[says["settlement"]]
    if day := says.get("received_on"):
        mode = MODES.get(says["mode"])
        settled = f"{mode + ', reçu' if mode else 'reçu'} au cabinet le {french(day)}"
    facts.append(("Règlement", settled))
    if paper.receipt.kind in CREDITS:
        facts.append(("Corrige le document", paper.original))
    return facts


def _rows(paper: Paper) -> list[Row]:
    says, bps = paper.says, paper.says["vat_bps"]
    metered = [line for line in says.get("lines", []) if line["unit"] != "C62"]
    rows = [_row(line) for line in says["lines"]] if metered else []
    net = "Total hors taxes" if metered else "Frais de mise en relation, hors taxes"
    rows.append(Row(net, euros(says["cents"] - says["vat_cents"])))
    rows.append(Row(f"TVA {percent(bps)} %" if bps else WITHOUT_VAT, euros(says["vat_cents"])))
    return rows


def _row(line: dict[str, Any]) -> Row:
    one, many = UNITS[line["unit"]]
    how = ""
    if one:
        unit = one if line["quantity"] == 1 else many
        how = f"{line['quantity']} {unit} à {euros(line['unit_cents'])} toutes taxes comprises"
    return Row(f"{line['label']}, toutes taxes comprises", euros(line["cents"]), how)


def _total(paper: Paper) -> Row:
    label = "Total toutes taxes comprises" if paper.is_invoice else "Honoraires, exonérés de TVA"
    return Row(label, euros(paper.says["cents"]))


def _notes(paper: Paper) -> list[str]:
    notes = []
    if paper.receipt.kind == "credit":
        notes.append(f"Sur le document n° {paper.original}, dont il rend la somme ci-dessus.")
    if paper.receipt.kind == "credit_undone":
        notes.append(f"Le remboursement est revenu : l’avoir sur {paper.original} est annulé.")
    if not paper.is_invoice:
        notes.append(EXEMPT)
    elif "customer" in paper.says:
        notes += [NO_DISCOUNT, LATE, RECOVERY]
    if visa := paper.visa:
        tacit = " (tacite)" if visa["tacit"] else ""
        notes.append(
            f"Contrat du médecin : avis favorable de l’Ordre du {visa['day']},"
            f" réf. {visa['reference'] or '-'}{tacit}."
        )
    return notes


def split_of(paper: Paper) -> str:
    """The whole cost as it was accepted, both lines: on each paper, for the patient."""
    own, fee = paper.split
    most = " au plus" if paper.quote.per_minute_cents else ""  # a meter's quote names its cap
    return (
        f"Devis accepté : honoraires du médecin {euros(own)}, frais de la plateforme"
        f" {euros(fee)}{most}, total {euros(own + fee)}{most}."
    )
