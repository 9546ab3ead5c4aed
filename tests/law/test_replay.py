"""What-if: decisions judged again by a draft; only certain flips are told, nothing is written."""

import io
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.law import packs
from audit.law.replay import replayed
from audit.models import Entry
from tests import people

PACK = packs.load()


def drafted(folder, rule_id, **changes):
    """A copy of the texts in which one rule is changed."""
    shutil.copytree(packs.FOLDER, folder)
    for path in Path(folder).glob("*.json"):
        body = json.loads(path.read_text())
        for row in body["rules"]:
            if row["id"] == rule_id:
                row.update(changes)
        path.write_text(json.dumps(body))
    return folder


def recorded(decide, sealed=(), **values):
    """A decision as an entry carries it, some facts sealed."""
    decision = decide("2026-02-01", scopes=["gate"], **values).as_json()
    hidden = {
        rule.id for rule in PACK.rules if set(rule.facts) & set(sealed)
    }  # fmt: skip
    for name in sealed:
        decision["facts"][name] = {"sealed": "00"}
    decision["fired"] = [row for row in decision["fired"] if row["rule"] not in hidden]
    return decision


def test_the_same_pack_flips_nothing(decide):
    decision = recorded(decide, charge_equals_quote=True, answer_readable_by_patient=False)
    replay = replayed(decision, PACK, was=PACK)
    assert not replay.flips and replay.outcome == "not_billable" and replay.changed == ()


def test_a_graver_rule_flips_what_it_touches(decide, tmp_path):
    folder = drafted(tmp_path / "d", "answer-readable-by-patient", outcome="block_intake")
    draft = packs.load(folder)
    refused = recorded(decide, charge_equals_quote=True, answer_readable_by_patient=False)
    replay = replayed(refused, draft, was=PACK)
    assert replay.flips and replay.outcome == "block_intake"
    assert replay.changed == ("answer-readable-by-patient",)
    kept = recorded(decide, charge_equals_quote=True, answer_readable_by_patient=True)
    assert not replayed(kept, draft, was=PACK).flips


def test_a_sealed_fact_under_a_changed_rule_is_left_open(decide, tmp_path):
    folder = drafted(tmp_path / "d", "answer-readable-by-patient", outcome="block_intake")
    sealed = recorded(
        decide, ("answer_readable_by_patient",), charge_equals_quote=True,
        answer_readable_by_patient=False,
    )  # fmt: skip
    assert replayed(sealed, packs.load(folder), was=PACK).outcome is None
    assert replayed(sealed, PACK, was=PACK).outcome == "not_billable"


def test_the_command_lists_flips_and_writes_nothing(db, tmp_path):
    patient, doctor = people.a_patient(), people.a_physician()
    people.linked(patient, doctor)
    people.claimed(patient, doctor)
    entries = Entry.objects.count()

    def told(folder):
        out, err = io.StringIO(), io.StringIO()
        call_command("whatif", "--pack", str(folder), "--jsonl", stdout=out, stderr=err)
        return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()

    assert told(packs.FOLDER)[0] == []
    draft = drafted(
        tmp_path / "d", "cnom2016-visa-before-go-live",
        when={"fact": "ordinal_visa_status", "op": "eq", "value": "favourable"},
    )  # fmt: skip
    flips, said = told(draft)
    assert {flip["type"] for flip in flips} == {"physician.moved", "question.claimed"}
    assert [flip["draft"] for flip in flips] == ["block_intake"] * 2
    assert flips[0]["rules"] == ["cnom2016-visa-before-go-live"] and " 2 flip" in said
    assert Entry.objects.count() == entries


def test_a_draft_that_cannot_be_read_is_named(db, tmp_path):
    folder = drafted(tmp_path / "d", "minor-needs-parental-holder", outcome="forbid")
    with pytest.raises(CommandError, match="minor-needs-parental-holder"):
        call_command("whatif", "--pack", str(folder))
    with pytest.raises(CommandError, match="nowhere"):
        call_command("whatif", "--pack", "nowhere.json")
