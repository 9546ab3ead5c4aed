"""The data of an invoice to a business: Cross Industry Invoice D22B, Factur-X profile EN 16931.

Sources: EN 16931-1 (BT-… and BG-… are its terms), Factur-X 1.0 (FNFE-MPE). Everything comes from
the paper as it was issued, so the same paper gives the same bytes.
"""

from typing import Any
from xml.etree import ElementTree as tree

from billing.money import vat_inside
from billing.queries.papers import Paper, local_day
from billing.views.sheet import LATE, NO_DISCOUNT, RECOVERY, WITHOUT_VAT

FILE_NAME = "factur-x.xml"
PROFILE = "urn:cen.eu:en16931:2017"
PAID_SERVICE = "S2"  # BT-23: services, an invoice that is already paid
CREDIT, INVOICE = "381", "380"  # BT-3
BANK_CARD = "48"  # BT-81
SIREN, SIRET, ADDRESSES = "0002", "0009", "0225"  # schemes: BT-30, BT-29, BT-34
SPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
for _prefix, _space in SPACES.items():
    tree.register_namespace(_prefix, _space)


def xml_of(paper: Paper) -> bytes:
    """The bytes of `factur-x.xml`."""
    root = tree.Element(_name("rsm:CrossIndustryInvoice"))
    context = _in(root, "rsm:ExchangedDocumentContext")
    _say(context, "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID", PAID_SERVICE)
    _say(context, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", PROFILE)
    _document(_in(root, "rsm:ExchangedDocument"), paper)
    trade = _in(root, "rsm:SupplyChainTradeTransaction")
    nets = _nets(paper)
    for place, line in enumerate(paper.says["lines"]):
        _line(_in(trade, "ram:IncludedSupplyChainTradeLineItem"), place + 1, line, nets[place])
    parties = _in(trade, "ram:ApplicableHeaderTradeAgreement")
    _party(_in(parties, "ram:SellerTradeParty"), paper.says["seller"])
    _party(_in(parties, "ram:BuyerTradeParty"), paper.says["customer"])
    delivered = _in(trade, "ram:ApplicableHeaderTradeDelivery")
    event = _in(delivered, "ram:ActualDeliverySupplyChainEvent")
    _day(event, "ram:OccurrenceDateTime", paper.says["done_on"])
    _settlement(_in(trade, "ram:ApplicableHeaderTradeSettlement"), paper)
    return bytes(tree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _document(part: tree.Element, paper: Paper) -> None:
    """Number, type, day, and the three notes that French law wants."""
    _say(part, "ram:ID", paper.number)
    _say(part, "ram:TypeCode", CREDIT if paper.receipt.kind == "credit" else INVOICE)
    _day(part, "ram:IssueDateTime", str(local_day(paper.receipt.issued_at)))
    for code, words in (("PMT", RECOVERY), ("PMD", LATE), ("AAB", NO_DISCOUNT)):
        note = _in(part, "ram:IncludedNote")
        _say(note, "ram:Content", words)
        _say(note, "ram:SubjectCode", code)


def _nets(paper: Paper) -> list[int]:
    """What each line comes to without VAT; the last takes what rounding leaves."""
    says = paper.says
    nets = [one["cents"] - vat_inside(one["cents"], one["vat_bps"]) for one in says["lines"]]
    nets[-1] = says["cents"] - says["vat_cents"] - sum(nets[:-1])
    return nets


def _line(part: tree.Element, number: int, line: dict[str, Any], net: int) -> None:
    """One line: quantity, unit, price and amount without VAT (BG-25)."""
    _say(part, "ram:AssociatedDocumentLineDocument/ram:LineID", str(number))
    _say(part, "ram:SpecifiedTradeProduct/ram:Name", line["label"])
    price = f"{net / line['quantity'] / 100:.6f}".rstrip("0").rstrip(".")
    agreed = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"
    _say(part, agreed, price)
    billed = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    _say(part, billed, str(line["quantity"]), unitCode=line["unit"])
    settled = _in(part, "ram:SpecifiedLineTradeSettlement")
    tax = _in(settled, "ram:ApplicableTradeTax")
    _say(tax, "ram:TypeCode", "VAT")
    _say(tax, "ram:CategoryCode", _category(line["vat_bps"]))
    _say(tax, "ram:RateApplicablePercent", _rate(line["vat_bps"]))
    summed = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    _say(settled, summed, _euros(net))


def _party(part: tree.Element, said: dict[str, Any]) -> None:
    """The seller or the buyer: name, numbers, address (BG-4, BG-7); both are French."""
    siren = said["siren"][:9]
    if len(said["siren"]) == 14:
        _say(part, "ram:GlobalID", said["siren"], schemeID=SIRET)
    _say(part, "ram:Name", said["name"])
    if legal := said.get("legal"):
        _say(part, "ram:Description", legal)
    _say(part, "ram:SpecifiedLegalOrganization/ram:ID", siren, schemeID=SIREN)
    address = _in(part, "ram:PostalTradeAddress")
    for name, field in (("PostcodeCode", "postcode"), ("LineOne", "street"), ("CityName", "city")):
        if said[field]:
            _say(address, f"ram:{name}", said[field])
    _say(address, "ram:CountryID", "FR")
    _say(part, "ram:URIUniversalCommunication/ram:URIID", siren, schemeID=ADDRESSES)
    if said["vat_number"]:
        number = "ram:SpecifiedTaxRegistration/ram:ID"
        _say(part, number, said["vat_number"], schemeID="VA")


def _settlement(part: tree.Element, paper: Paper) -> None:
    """Paid by card; VAT, totals, and of a credit note the paper that it corrects."""
    says = paper.says
    net, day = says["cents"] - says["vat_cents"], str(local_day(paper.receipt.issued_at))
    _say(part, "ram:InvoiceCurrencyCode", "EUR")
    _say(part, "ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", BANK_CARD)
    tax = _in(part, "ram:ApplicableTradeTax")
    _say(tax, "ram:CalculatedAmount", _euros(says["vat_cents"]))
    _say(tax, "ram:TypeCode", "VAT")
    if not says["vat_bps"]:
        _say(tax, "ram:ExemptionReason", WITHOUT_VAT)
    _say(tax, "ram:BasisAmount", _euros(net))
    _say(tax, "ram:CategoryCode", _category(says["vat_bps"]))
    if not says["vat_bps"]:
        _say(tax, "ram:ExemptionReasonCode", "VATEX-FR-FRANCHISE")
    _say(tax, "ram:RateApplicablePercent", _rate(says["vat_bps"]))
    _day(_in(part, "ram:SpecifiedTradePaymentTerms"), "ram:DueDateDateTime", day)
    sums = _in(part, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _say(sums, "ram:LineTotalAmount", _euros(net))
    _say(sums, "ram:TaxBasisTotalAmount", _euros(net))
    _say(sums, "ram:TaxTotalAmount", _euros(says["vat_cents"]), currencyID="EUR")
    _say(sums, "ram:GrandTotalAmount", _euros(says["cents"]))
    _say(sums, "ram:TotalPrepaidAmount", _euros(says["cents"]))
    _say(sums, "ram:DuePayableAmount", "0.00")
    if paper.receipt.kind != "receipt":
        before = _in(part, "ram:InvoiceReferencedDocument")
        _say(before, "ram:IssuerAssignedID", paper.original)
        _day(before, "ram:FormattedIssueDateTime", paper.says["of_day"], "qdt")


def _category(bps: int) -> str:
    return "S" if bps else "E"  # BT-118: standard rate, or exempt


def _rate(bps: int) -> str:
    return f"{bps // 100}.{bps % 100:02d}"


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{SPACES[prefix]}}}{local}"


def _in(part: tree.Element, name: str) -> tree.Element:
    return tree.SubElement(part, _name(name))


def _say(part: tree.Element, path: str, words: str, **attributes: str) -> None:
    """Write a value at the end of a path of new elements."""
    *on_the_way, last = path.split("/")
    for name in on_the_way:
        part = _in(part, name)
    tree.SubElement(part, _name(last), attributes).text = words


def _day(part: tree.Element, name: str, day: str, space: str = "udt") -> None:
    """Write a day as CII does."""
    _say(part, f"{name}/{space}:DateTimeString", day.replace("-", ""), format="102")
