"""P1: the patient sees one global cost: both parts and the total wherever an amount is shown."""

import html
import json
import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from django.core import mail
from django.db import transaction
from pypdf import PdfReader

from billing.actions.desk import acquit
from billing.actions.refunding import refund
from billing.models import Leg, Receipt
from billing.queries import due as due_queries
from broker.actions.confirming import confirm_due, remind_due
from tests.billing.metered import Exchange
from tests.billing.walk import Walk
from tests.people import now
from tests.rows.test_c5_forfait_pages import offers, picks
from tests.rows.test_s3_live import at_the_quote
from tests.walks.faces import PatientFace, PhysicianFace
from tests.walks.test_one_question import worked

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


@dataclass(frozen=True)
class Cost:
    """What the patient is told that an exchange costs: both parts and their sum."""

    own: str
    fee: str
    total: str

    def whole_in(self, said: str) -> bool:
        """Whether all three are said."""
        return all(one in said for one in (self.own, self.fee, self.total))


FLAT = Cost("15,00 €", "1,80 €", "16,80 €")
PERIOD = Cost("30,00 €", "3,00 €", "33,00 €")
CAPPED, COUNTED = Cost("15,00 €", "19,90 €", "34,90 €"), Cost("15,00 €", "3,98 €", "18,98 €")


def partial(pages: dict[str, str], *costs: Cost) -> list[str]:
    """Addresses that show an amount of this exchange without both parts and the total."""
    return [
        address
        for address, said in pages.items()
        if AMOUNT.search(said)
        and not address.startswith(PRICE_LIST)
        and not any(one.whole_in(said) for one in costs)
    ]


def shown(pages: dict[str, str], cost: Cost = FLAT) -> set[str]:
    """Where the whole cost was shown: the walk found amounts at all."""
    return {address for address, said in pages.items() if cost.total in said}


def beside_the_pages(patient: PatientFace, *costs: Cost, papers: int) -> None:
    """Every paper, mail, answer to a script and file of the copy shows all three, or no amount."""

    def whole(said: str) -> bool:
        return any(one.whole_in(said) for one in costs)

    addresses = {f"/recus/{one.pk}/" for one in Receipt.objects.all()}
    assert len(addresses) == papers
    for address in addresses:
        assert whole(words(patient.client.get(address).content.decode())), address
        pages = PdfReader(BytesIO(patient.client.get(f"{address}pdf/").content)).pages
        document = words(" ".join(page.extract_text() for page in pages))
        assert whole(document), document
    for letter in mail.outbox:
        said = words(letter.body)
        assert not AMOUNT.search(said) or whole(said), said
    told = patient.client.get(patient.at("etat.json"), headers={"Accept": "application/json"})
    assert whole(words(json.dumps(told.json(), ensure_ascii=False)))
    copy = patient.client.post("/compte/mes-donnees/copie/")
    inside = ZipFile(BytesIO(b"".join(copy)))  # type: ignore[arg-type]
    for name in inside.namelist():
        said = words(inside.read(name).decode(errors="ignore"))
        assert not AMOUNT.search(said) or whole(said), name


def told_by_mail(count: int) -> None:
    """The worker's mails about money leave, and they do say amounts."""
    mail.outbox.clear()
    assert confirm_due(now=now()) + remind_due(now=now()) == count
    assert all(AMOUNT.search(words(letter.body)) for letter in mail.outbox)


def answered(patient: PatientFace, physician: PhysicianFace) -> None:
    """Taken, answered, and the money moved."""
    physician.claims(patient.question)
    physician.answers(patient.question)
    worked()


def test_every_page_paper_mail_and_answer_with_an_amount_shows_both_parts_and_the_total(
    patient, physician
):
    patient.asks(f"treating:{physician.person.id}")
    quoted = crawled(patient)
    patient.accepts()
    patient.pays(1)
    half = crawled(patient)
    patient.pays(2)
    answered(patient, physician)
    fee = Leg.objects.get(party="platform")
    with transaction.atomic():
        refund(
            leg_id=fee.id, amount_cents=50, reason="goodwill", actor=patient.person.actor,
            now=now(),
        )  # fmt: skip
    worked()
    after = crawled(patient)
    for step, pages in enumerate((quoted, half, after)):
        assert len(pages) > 15 and partial(pages, FLAT) == [], step
    thread, quote, pay = patient.at(), patient.at("devis/"), patient.at("paiement/")
    assert quote in shown(quoted) and pay in shown(half)
    assert thread in shown(half) & shown(after)
    assert {f"/recus/{one.pk}/" for one in Receipt.objects.all()} <= shown(after)
    told_by_mail(1)
    beside_the_pages(patient, FLAT, papers=3)


def test_so_it_does_when_the_honoraires_are_settled_at_the_practice(
    patient, physician, monkeypatch
):
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts("off_platform")
    half = crawled(patient)
    patient.pays(2)
    answered(patient, physician)
    assert Leg.objects.get(party="honoraires").state == "due"
    due = crawled(patient)
    monkeypatch.setattr(due_queries, "REMINDED_AFTER_DAYS", (0,))
    told_by_mail(2)
    beside_the_pages(patient, FLAT, papers=1)
    leg = Leg.objects.get(party="honoraires")
    with transaction.atomic():
        acquit(leg_id=leg.id, mode="cheque", actor=physician.person.actor, now=now())
    after = crawled(patient)
    for step, pages in enumerate((half, due, after)):
        assert patient.at() in shown(pages) and partial(pages, FLAT) == [], step
    beside_the_pages(patient, FLAT, papers=2)


def test_so_it_does_of_a_forfait_and_of_what_it_covers(patient, physician):
    offers(physician, 3000, 30)
    patient.asks(f"treating:{physician.person.id}")
    offered = crawled(patient)
    assert partial(offered, FLAT) == [] and PERIOD.total in offered[patient.at("devis/")]
    picks(patient, "forfait")
    quoted = crawled(patient)
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    answered(patient, physician)
    after = crawled(patient)
    for place, pages in (("devis/", quoted), ("", after)):
        assert patient.at(place) in shown(pages, PERIOD) and partial(pages, PERIOD) == [], place
    told_by_mail(1)
    beside_the_pages(patient, PERIOD, papers=2)
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    answered(patient, physician)
    assert partial(crawled(patient), PERIOD) == []


def test_so_it_does_of_minutes_at_most_before_they_are_counted_and_exactly_after(
    patient, physician, sandbox, database
):
    database.takes_any_moment()
    at_the_quote(patient, physician)
    patient.client.post(patient.at("devis/direct/"), {"minutes": "10"})
    quoted = crawled(patient)
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    physician.claims(patient.question)
    held = crawled(patient)
    for place, pages in (("devis/", quoted), ("", held)):
        assert patient.at(place) in shown(pages, CAPPED) and partial(pages, CAPPED) == [], place
    exchange = Exchange(Walk(sandbox, patient.person, physician.person, patient.question), now())
    exchange.says()
    exchange.goes_on(130)
    exchange.signs()
    exchange.walk.works()
    after = crawled(patient)
    assert patient.at() in shown(after, COUNTED) and partial(after, COUNTED, CAPPED) == []
    told_by_mail(1)
    beside_the_pages(patient, COUNTED, CAPPED, papers=2)
