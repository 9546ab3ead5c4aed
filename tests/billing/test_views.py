"""The doors of the money: webhooks, the way back, papers, books."""

import json
import time
from datetime import timedelta
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from pypdf import PdfReader

from billing.models import Receipt, StripeEvent
from billing.sandbox.post import signature
from tests import people
from tests.billing.conftest import SECRETS
from tests.billing.walk import Walk
from tests.people import now


def signed_in(account, *, strong: bool = True) -> Client:
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    if strong:
        session = client.session
        session["strong_at"] = now().isoformat()
        session.save()
    return client


def posted(body: bytes, *, secret: str = SECRETS["platform"], at: int | None = None):
    header = signature(secret, body, int(time.time()) if at is None else at)
    return Client().post(
        "/stripe/plateforme/", body, content_type="application/json",
        headers={"Stripe-Signature": header},
    )  # fmt: skip


def event(**more: object) -> bytes:
    return json.dumps(
        {
            "id": "evt_1", "object": "event", "type": "payment_intent.succeeded",
            "livemode": False, "data": {"object": {"id": "pi_1", "metadata": {}}}, **more,
        }
    ).encode()  # fmt: skip


def test_an_event_is_remembered_once(database, sandbox):
    assert posted(event()).status_code == 200
    assert posted(event()).status_code == 200
    assert StripeEvent.objects.count() == 1


def test_an_event_of_the_other_mode_is_not_remembered(database, sandbox):
    assert posted(event(livemode=True)).status_code == 200
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "WEBHOOK_BODY_INVALID"),
        (b"{", "WEBHOOK_BODY_INVALID"),
        (b"null", "WEBHOOK_BODY_INVALID"),
        (b"[1]", "WEBHOOK_BODY_INVALID"),
        (b"[" * 5000, "WEBHOOK_BODY_INVALID"),
        (b'{"id": 3}', "WEBHOOK_BODY_INVALID"),
        (event(id="e" * 200), "WEBHOOK_BODY_INVALID"),
        (event(livemode="no"), "WEBHOOK_BODY_INVALID"),
        (event(id="a\x00b"), "WEBHOOK_BODY_INVALID"),
        (event(id="\ud800"), "WEBHOOK_BODY_INVALID"),
        (b"\xff\xfe", "WEBHOOK_SIGNATURE_INVALID"),
    ],
)
def test_an_odd_body_gets_a_code(database, sandbox, body, code):
    answer = posted(body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not StripeEvent.objects.exists()


def test_each_endpoint_has_its_own_secret(database, sandbox):
    answer = posted(event(), secret=SECRETS["accounts"])
    assert (answer.status_code, answer.json()["code"]) == (400, "WEBHOOK_SIGNATURE_INVALID")
    assert Client().post("/stripe/plateforme/", event(), "application/json").status_code == 400


@pytest.mark.parametrize(
    ("shift", "code"),
    [(3600, "WEBHOOK_TIMESTAMP_REFUSED"), (-3600, "WEBHOOK_SIGNATURE_INVALID")],
)
def test_a_signature_from_another_time_is_refused(database, sandbox, shift, code):
    answer = posted(event(), at=int(time.time()) + shift)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_the_way_back_looks_at_the_payment_and_returns_to_the_question(walk: Walk):
    walk.accepted()
    page = walk.page_of("honoraires")
    from_page = walk.server.sandbox.store
    assert page and from_page
    to = walk.pays("honoraires")
    answer = Client().get(to.removeprefix("http://patient.localhost:8000"))
    assert answer.headers["Location"] == f"/questions/{walk.question}/retour/"
    assert str(walk.question) not in to
    assert Client().get("/paiement/retour/inconnu/").status_code == 404


def test_papers_are_read_by_their_people_alone(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    invoice = Receipt.objects.get(series="platform")
    receipt = Receipt.objects.exclude(series="platform").get()
    operator = people.an_account("operator")
    stranger = people.a_patient()
    other = people.a_physician()
    may = {
        walk.patient.account: {invoice: 200, receipt: 200},
        walk.physician.account: {invoice: 404, receipt: 200},
        operator: {invoice: 200, receipt: 404},
        stranger.account: {invoice: 404, receipt: 404},
        other.account: {invoice: 404, receipt: 404},
        people.a_reviewer(): {invoice: 404, receipt: 404},
    }
    for account, papers in may.items():
        client = signed_in(account)
        for paper, status in papers.items():
            assert client.get(f"/recus/{paper.id}/").status_code == status
            assert client.get(f"/recus/{paper.id}/pdf/").status_code == status
    assert Client().get(f"/recus/{receipt.id}/").status_code == 404
    assert signed_in(walk.patient.account).get(f"/recus/{uuid4()}/").status_code == 404
    without = signed_in(walk.physician.account, strong=False)
    assert without.get(f"/recus/{receipt.id}/").status_code == 403


def test_the_two_papers_say_whose_they_are(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    client = signed_in(walk.patient.account)
    for receipt in Receipt.objects.all():
        page = client.get(f"/recus/{receipt.id}/").content.decode()
        pdf = client.get(f"/recus/{receipt.id}/pdf/").content
        text = PdfReader(BytesIO(pdf)).pages[0].extract_text()
        wanted = (
            ["Facture", "0,50 €", "3,00 €", "TVA 20 %"]
            if receipt.series == "platform"
            else ["Reçu d", "15,00 €", "RPPS", walk.physician.physician.name]
        )
        for words in wanted:
            assert words in page.replace("\xa0", " ")
            assert words in text
        # The whole cost is only told beside it: what a paper bills is its own party's line.
        assert "18,00" not in page.split('id="split"')[0]
        assert "total 18,00 €" in page.replace("\xa0", " ") and "total 18,00 €" in text


def test_each_party_reads_its_own_book(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    own = signed_in(walk.physician.account).get("/livres/").content.decode()
    platform = signed_in(people.an_account("operator")).get("/livres/").content.decode()
    assert "Mon livre" in own and "Frais de plateforme" not in own
    assert "Livre de la plateforme" in platform and "Honoraires" not in platform
    assert signed_in(walk.patient.account).get("/livres/").status_code == 404
    assert signed_in(people.a_physician().account).get("/livres/").status_code == 200


def test_the_command_prints_every_book_and_its_sum(walk: Walk):
    walk.held()
    walk.answers()
    walk.works()
    out = StringIO()
    call_command("books", stdout=out)
    assert out.getvalue().count("somme") == 2
    rows = StringIO()
    call_command("books", "--csv", "--book", "platform", stdout=rows)
    assert "platform,vat_due,-50" in rows.getvalue()
    past = StringIO()
    before = (now() - timedelta(days=1)).isoformat()
    call_command("books", "--csv", "--at", before, stdout=past)
    assert "platform,vat_due,0" in past.getvalue()
