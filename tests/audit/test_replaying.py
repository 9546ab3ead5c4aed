"""The reviewer's one click: every decision judged again, identical, or what differs is listed."""

import json

from audit.facts import PLATFORM
from audit.law import packs
from audit.law.replay import compared
from audit.models import Entry
from audit.queries import replays
from broker.actions.platform import judge_platform
from tests.audit.test_reviewing import reviewer
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.people import now


def plain(answer):
    """A page with ordinary spaces where French sets its own."""
    return answer.content.decode().replace("\xa0", " ").replace("\u202f", " ")


def answered(walk):  # noqa: F811
    walk.held()
    walk.answers()
    return str(Entry.objects.get(type="gate.passed").subject)


def test_the_button_replays_every_decision_and_finds_them_identical(walk):  # noqa: F811
    subject = answered(walk)
    client, account = reviewer("75")
    shown = plain(client.get(f"/ordre/{subject}/"))
    assert "insurance_valid_on_act_date" in shown and "scellé" in shown
    assert "physician-on-the-register" in shown, "the rules that stayed silent are listed"
    page = plain(client.post(f"/ordre/{subject}/rejouer/"))
    entries = Entry.objects.filter(subject=subject)
    decisions = sum("decision" in json.loads(bytes(one.body)) for one in entries)
    assert page.count("rejouée : identique") == decisions >= 4
    assert "faits scellés" in page and "rejouée : différente" not in page
    read = Entry.objects.get(type="record.replayed")
    assert json.loads(bytes(read.body))["actor"]["id"] == str(account.subject)


def test_a_decision_that_was_falsified_is_listed_with_what_differs(walk, superuser):  # noqa: F811
    subject = answered(walk)
    entry = Entry.objects.get(type="gate.passed")
    said = json.loads(bytes(entry.body))
    said["decision"]["facts"]["register_status"]["value"] = "struck_off"
    superuser.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    superuser.execute(
        "UPDATE audit_entry SET body = %s WHERE id = %s", [json.dumps(said).encode(), entry.id]
    )
    superuser.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    client, _ = reviewer("75")
    page = plain(client.post(f"/ordre/{subject}/rejouer/"))
    assert page.count("rejouée : différente") == 1 and 'role="alert" id="replay"' in page
    assert "<code>physician-on-the-register</code> : silent → block_intake" in page
    assert "<code>outcome</code> : billable → block_intake" in page


def test_a_pack_that_was_changed_is_not_taken_for_the_one_named(walk, superuser):  # noqa: F811
    subject = answered(walk)
    superuser.execute("ALTER TABLE audit_rulepack DISABLE TRIGGER ALL")
    superuser.execute("UPDATE audit_rulepack SET body = body || ' '::bytea")
    replays._kept.cache_clear()
    client, _ = reviewer("75")
    page = plain(client.post(f"/ordre/{subject}/rejouer/"))
    assert "règles introuvables" in page and "rejouée : identique" not in page


def test_the_platform_is_open_to_every_council_and_replays(database):
    judge_platform(now=now())
    client, _ = reviewer("69")
    assert str(PLATFORM) in client.get("/ordre/").content.decode()
    page = plain(client.post(f"/ordre/{PLATFORM}/rejouer/"))
    assert "rejouée : identique" in page and "retention_years" in page


def test_every_recorded_decision_of_a_question_compares_equal_to_itself(walk):  # noqa: F811
    answered(walk)
    seen = 0
    for entry in Entry.objects.all():
        decision = json.loads(bytes(entry.body)).get("decision")
        if decision:
            seen += 1
            assert compared(decision, packs.load()) == [], entry.type
    assert seen >= 4
