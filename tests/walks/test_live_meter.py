"""The meter over real sockets: it starts with the physician's word, and either side ends it."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from audit.models import Entry
from billing.actions.addressing import address_invoice
from billing.actions.telling import note_confirmation
from billing.models import Presence
from billing.queries.metering import meter_of
from broker.consumers import thread
from tests import people
from tests.billing.metered import Exchange
from tests.billing.walk import Walk
from tests.people import now
from tests.rows.proving import proving
from tests.walks.faces import signed_in
from tests.walks.sockets import Line, walked


@pytest.fixture
def exchange(database, sandbox, monkeypatch) -> Exchange:
    monkeypatch.setattr(thread, "SHOWN_EVERY", timedelta(0))
    return Exchange.begun(Walk.begun(sandbox))


def test_both_see_the_meter_run_and_one_of_them_ends_it(exchange):
    walk, began = exchange.walk, now()
    patient, physician = signed_in(walk.patient), signed_in(walk.physician)
    page = patient.get(f"/questions/{walk.question}/").content.decode()
    assert "Arrêter le compteur" in page and "39,80" in page and 'data-state="waiting"' in page

    async def talk() -> None:
        async with Line(patient, walk.question) as one, Line(physician, walk.question) as other:
            await one.resume()
            await other.resume()
            assert (await one.until("meter"))["state"] == "waiting"
            await other.send("Bonjour, je vous lis.")
            for _ in range(4):
                await asyncio.sleep(0.02)
                for line in (one, other):
                    await line.say(type="ping")
                    await line.until("pong")
            await sync_to_async(ends)(physician)
            ended = await one.until("meter", state="ended")
            assert (ended["minutes"], ended["cents"], ended["cap_cents"]) == (0, 0, 3980)

    def ends(client) -> None:
        assert client.post(f"/questions/{walk.question}/compteur/fin/").status_code == 302

    walked(talk)
    assert {row.side for row in Presence.objects.all()} == {"patient", "physician"}
    meter = meter_of(walk.question, now())
    assert meter.stopped and timedelta(0) < meter.elapsed <= now() - began
    assert "Le compteur est arrêté" in patient.get(f"/questions/{walk.question}/").content.decode()


def test_a_stranger_ends_no_meter(exchange):
    other = signed_in(people.a_patient())
    where = f"/questions/{exchange.walk.question}/compteur/fin/"
    assert other.post(where).status_code == 404
    assert meter_of(exchange.walk.question, now()).stopped is False


def test_the_export_of_a_live_exchange_is_verified_by_the_auditors_file(exchange, tmp_path):
    walk, proof = exchange.walk, proving(exchange.walk.server, tmp_path)
    with transaction.atomic():
        note_confirmation(quote_id=exchange.quote.id, kind="order", now=now())
        address_invoice(
            question_id=walk.question, business=None, actor=walk.patient.actor, now=now()
        )
    exchange.at = now()
    exchange.says()
    for side in ("patient", "physician"):
        exchange.speaks(side, now(), since=exchange.at - timedelta(seconds=2))
    exchange.at = now()
    exchange.ends()
    exchange.at = now()
    assert exchange.signs().gate_pass
    walk.works()
    passed = Entry.objects.get(type="gate.passed")
    assert b'"together":[["' in bytes(passed.body)
    report = proof.exported(passed)
    assert report.money["captures"] == 1  # no whole minute: the fee's hold is given back
