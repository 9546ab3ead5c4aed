"""Real questions with real money, exported and replayed by the verifier."""

import json
import shutil

from django.core.management import call_command
from django.db import transaction

from audit import verifier
from billing.actions import desk
from consults import actions as care
from tests import people
from tests.audit import forge
from tests.billing.conftest import sandbox, walk  # noqa: F401 - fixtures
from tests.people import now


def exported(signed, tmp_path):
    signed()
    call_command("export_log", str(tmp_path / "export"), "--wait", "0")
    return tmp_path / "export", (tmp_path / "export.vkey").read_text()


def test_questions_of_every_end_are_replayed_from_the_export(walk, signed, tmp_path):  # noqa: F811
    walk.held()
    assert walk.answers().gate_pass
    walk.works()
    free = walk.again()
    free.held()
    assert free.answers(act_kind="simple_advice").gate_pass is None
    free.works()
    practice = walk.again()
    practice.held(settlement="off_platform")
    assert practice.answers().gate_pass
    practice.works()
    with transaction.atomic():
        leg = practice.legs()["honoraires"]
        desk.acquit(leg_id=leg.id, actor=walk.physician.actor, now=now())
    gone = walk.again()
    with transaction.atomic():
        care.withdraw(
            question_id=gone.question,
            reason="other",
            actor=walk.patient.actor,
            now=now(),
        )
    folder, key = exported(signed, tmp_path)
    report = verifier.verify(folder, key=key)
    assert report.ok, (report.bad_index, report.why)
    assert report.questions == {"answered": 3, "withdrawn": 1}
    assert report.money["quotes"] == 3 and report.money["passes"] == 2
    assert report.money["captures"] == 3
    book = f"dr:{walk.physician.physician.rpps}"
    assert report.books == {"platform": 0, book: 0}
    assert report.judged + len(report.sealed) == sum(
        "decision" in leaf["e"] for leaf in forge.bodies(folder)
    )


def test_a_real_log_without_its_pass_is_not_believed(walk, signed, tmp_path):  # noqa: F811
    walk.held()
    walk.answers()
    walk.works()
    folder, _ = exported(signed, tmp_path)
    entries = [(leaf["s"], leaf["e"]) for leaf in forge.bodies(folder)]
    kept = [one for one in entries if one[1]["type"] != "gate.passed"]
    told = forge.written(tmp_path / "bent", kept)
    shutil.copytree(folder / "packs", told / "packs", dirs_exist_ok=True)
    report = verifier.verify(told, key=forge.VKEY)
    types = [body["type"] for _, body in kept]
    assert not report.ok and types[report.bad_index].startswith("leg.capture"), report.why


def test_no_sensitive_fact_and_no_text_is_in_the_export(walk, signed, tmp_path):  # noqa: F811
    walk.held()
    walk.answers()
    folder, _ = exported(signed, tmp_path)
    entries = b"".join(p.read_bytes() for p in (folder / "tile" / "entries").rglob("*.p/*"))
    for marker in (people.ACCEPTED, people.ANSWER, "Camille", walk.patient.account.email):
        for form in (marker, json.dumps(marker)[1:-1]):
            assert form.encode() not in entries
    pack = json.loads(next((folder / "packs").iterdir()).read_bytes())
    sensitive = {name for name, fact in pack["facts"].items() if fact["sensitive"]}
    seen = set()
    for leaf in forge.bodies(folder):
        decision = leaf["e"].get("decision")
        facts = decision["facts"] if decision else {}
        assert all(set(facts[name]) == {"sealed"} for name in sensitive & set(facts))
        seen |= sensitive & set(facts)
    assert seen, "some decisions rest on sensitive facts"
