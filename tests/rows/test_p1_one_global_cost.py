"""P1: the patient sees one global cost: both parts and the total wherever an amount is shown."""

import html
import json
import re
from io import BytesIO
from zipfile import ZipFile

from django.core import mail
from django.db import transaction
from pypdf import PdfReader

from billing.actions.refunding import refund
from billing.models import Leg, Receipt
from tests.people import now
from tests.walks.faces import PatientFace
from tests.walks.test_one_question import worked

OWN, FEE, TOTAL = "15,00 €", "1,80 €", "16,80 €"
AMOUNT = re.compile(r"\d+[,.]\d{2} ?€|€ ?\d+[,.]\d{2}")
LEAVES = ("/compte/", "/langue/", "/static/", "/demo/", "/operateur/")
# The price list is no cost of anything: one part is the platform's, the other each physician's.
PRICE_LIST = ("/tarifs/",)
MOST = 80


def words(body: str) -> str:
    """A page as it is read: no tags, no entities, one kind of space."""
    plain = html.unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", body, flags=re.S))
    return re.sub(r"\s+", " ", plain.replace("\xa0", " ").replace("\u202f", " "))


def crawled(patient: PatientFace) -> dict[str, str]:
    """Every page that links lead the patient to, by its address, as it is read."""
    waiting, read = (
        ["/questions/", patient.at(), patient.at("devis/"), patient.at("paiement/")],
        {},
    )
    while waiting and len(read) < MOST:
        address = waiting.pop(0)
        if address in read or address.startswith(LEAVES):
            continue
        answer = patient.client.get(address, follow=True)
        read[address] = ""
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        body = answer.content.decode()
        read[address] = words(body)
        waiting += [one.split("#")[0] for one in re.findall(r'href="(/[^"?]*)', body)]
    return read


def partial(pages: dict[str, str]) -> list[str]:
    """Addresses that show an amount of this exchange without both parts and the total."""
    return [
        address
        for address, said in pages.items()
        if AMOUNT.search(said)
        and not address.startswith(PRICE_LIST)
        and not all(one in said for one in (OWN, FEE, TOTAL))
    ]


def shown(pages: dict[str, str]) -> set[str]:
    """Where the whole cost was shown: the walk found amounts at all."""
    return {address for address, said in pages.items() if TOTAL in said}


def test_every_page_paper_mail_and_answer_with_an_amount_shows_both_parts_and_the_total(
    patient, physician
):
    patient.asks(f"treating:{physician.person.id}")
    quoted = crawled(patient)
    patient.accepts()
    patient.pays(1)
    half = crawled(patient)
    patient.pays(2)
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()
    fee = Leg.objects.get(party="platform")
    with transaction.atomic():
        refund(
            leg_id=fee.id, amount_cents=50, reason="goodwill", actor=patient.person.actor,
            now=now(),
        )  # fmt: skip
    worked()
    after = crawled(patient)
    for step, pages in enumerate((quoted, half, after)):
        assert len(pages) > 15 and partial(pages) == [], step
    thread, quote, pay = patient.at(), patient.at("devis/"), patient.at("paiement/")
    assert quote in shown(quoted) and pay in shown(half)
    assert thread in shown(half) & shown(after)
    papers = {f"/recus/{one.pk}/" for one in Receipt.objects.all()}
    assert len(papers) == 3 and papers <= shown(after)
    for paper in papers:
        pages = PdfReader(BytesIO(patient.client.get(f"{paper}pdf/").content)).pages
        document = words(" ".join(page.extract_text() for page in pages))
        assert all(one in document for one in (OWN, FEE, TOTAL)), document
    for letter in mail.outbox:
        assert not AMOUNT.search(letter.body), "a mail says that something waits, and no amount"
    told = patient.client.get(patient.at("etat.json"), headers={"Accept": "application/json"})
    told = words(json.dumps(told.json(), ensure_ascii=False))
    assert all(one in told for one in (OWN, FEE, TOTAL))
    copy = patient.client.post("/compte/mes-donnees/copie/")
    inside = ZipFile(BytesIO(b"".join(copy)))  # type: ignore[arg-type]
    for name in inside.namelist():
        said = words(inside.read(name).decode(errors="ignore"))
        assert not AMOUNT.search(said) or all(one in said for one in (OWN, FEE, TOTAL)), name
