"""The texts as data: whole, hashed, refused by file, rule and reason when malformed."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from audit.law import dictionary, evaluator, packs
from audit.law.checks import PackError
from audit.law.model import Fact, instant

CASES = Path(__file__).parent / "cases"
FILE = "regles-de-la-maison.json"
# One version names one state of the rules: who changes a text writes both anew.
NAMED = (
    "2026.11.22.6", "d70c63073e6f5aa579d239f884c235c0f454dae25f708c7d31b20e95348df4ff",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A copy of the texts, to be spoilt."""
    return Path(shutil.copytree(packs.FOLDER, tmp_path / "texts"))


def spoil(folder, change):
    """Apply a change to the first rule of one text; return its id."""
    path = folder / FILE
    body = json.loads(path.read_text())
    rule = body["rules"][0]["id"]
    change(body)
    path.write_text(json.dumps(body))
    return rule


def test_the_pack_holds_the_published_rules_and_the_twelve_of_the_house(pack):
    assert len({rule.id for rule in pack.rules}) == 93
    assert sum(rule.scope == "gate" for rule in pack.rules) == 4
    assert sum(rule.scope == "signing" for rule in pack.rules) == 2
    assert sum(rule.scope == "words" for rule in pack.rules) == 2
    assert sum(rule.scope == "standing" for rule in pack.rules) == 3
    assert sum(rule.scope == "promise" for rule in pack.rules) == 1
    assert set(pack.texts) == {path.stem for path in packs.FOLDER.glob("*.json")}


def test_every_rule_is_proven_by_a_case(pack):
    proven = {
        case["rule"] for path in CASES.glob("*.json") for case in json.loads(path.read_text())
    }
    assert proven == {rule.id for rule in pack.rules}
    texts = {path.stem.removeprefix("test_").replace("_", "-") for path in CASES.parent.glob("t*")}
    assert texts >= set(pack.texts)


def test_the_dated_cases_of_the_published_rulebook_are_all_here(pack):
    house = {"gate", "signing", "words", "standing", "promise"}
    of_house = {rule.id for rule in pack.rules if rule.scope in house}
    cases = [case for path in CASES.glob("*.json") for case in json.loads(path.read_text())]
    assert sum(case["rule"] not in of_house for case in cases) >= 260


def test_every_fact_is_read_by_a_rule_or_is_a_pathway_ground(pack):
    read = {name for rule in pack.rules for name in rule.facts}
    assert set(pack.facts) - read <= set(dictionary.PATHWAY_GROUNDS)


def test_the_hash_is_that_of_the_canonical_bytes_and_survives_a_round_trip(pack):
    again = packs.from_body(json.loads(packs.canonical_bytes(pack)))
    assert again == pack and again.rules == pack.rules
    assert packs.canonical_bytes(pack).isascii()


def test_one_version_names_one_state_of_the_rules(pack):
    assert (pack.ref.version, pack.ref.sha256) == NAMED


@pytest.mark.parametrize(
    ("spoiler", "reason"),
    [
        (lambda b: b["rules"][0].update(outcome="forbid"), "outcome"),
        (lambda b: b["rules"][0].update(reason_fr=" "), "reason_fr"),
        (lambda b: b["rules"][0].update(sources=[]), "source"),
        (lambda b: b["rules"][0].update(effective_from="31/12/2020"), "date"),
        (lambda b: b["rules"][0].update(effective_until="2001-01-01"), "follow"),
        (lambda b: b["rules"][0].update(when={"all": []}), "list"),
        (lambda b: b["rules"][0].update(facts=[]), "facts"),
        (
            lambda b: b["rules"][0].update(when={"fact": "mood", "op": "eq", "value": True}),
            "dictionary",
        ),
        (
            lambda b: b["rules"][0].update(when={"fact": "channel", "op": "lt", "value": 3}),
            "does not apply",
        ),
        (lambda b: b["rules"][0].pop("note"), "missing"),
        (lambda b: b["rules"].append(b["rules"][0]), "same day"),
    ],
)
def test_a_malformed_row_is_named_with_file_rule_and_reason(folder, spoiler, reason):
    rule = spoil(folder, spoiler)
    with pytest.raises(PackError, match=reason) as caught:
        packs.load(folder)
    assert (caught.value.file, caught.value.rule) == (FILE, rule)


def test_a_malformed_text_stops_the_start_with_file_rule_and_reason(folder):
    rule = spoil(folder, lambda body: body["rules"][0].update(outcome="forbid"))
    start = (
        "import pathlib, sys; from audit.law import packs; from config.__main__ import main; "
        "packs.FOLDER = pathlib.Path(sys.argv.pop()); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", start, "screen", folder], capture_output=True, text=True,
        cwd=Path(__file__).parents[2], input="bonjour",
    )  # fmt: skip
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith(f"teleconseil: {FILE}: {rule}: outcome is none of")


def test_a_file_that_is_not_json_is_named(folder):
    (folder / FILE).write_text("{")
    with pytest.raises(PackError, match=FILE):
        packs.load(folder)


def test_a_correction_is_a_new_row_and_the_old_one_can_still_be_asked(folder):
    def correct(body):
        old = next(row for row in body["rules"] if row["id"] == "emergency-redirect")
        body["rules"].append(
            {**old, "recorded_from": "2026-12-01", "effective_from": "2025-06-01"}
        )
        old["recorded_until"] = "2026-12-01"

    spoil(folder, correct)
    corrected = packs.load(folder)
    assert corrected != packs.load()
    facts = {"red_flag_detected": Fact(True, "patient")}
    at = datetime(2025, 7, 1, tzinfo=UTC)
    for known_at, blocked in (
        (date(2026, 11, 30), False),
        (date(2026, 12, 1), True),
        (None, True),
    ):
        decision = evaluator.judge(
            facts=facts, scopes=["intake"], at=at, profile="cnom2016", pack=corrected,
            known_at=known_at,
        )  # fmt: skip
        assert ("emergency-redirect" in [f.rule for f in decision.fired]) is blocked


def test_what_reveals_health_is_sensitive_and_the_gate_is_open():
    for name in (
        "red_flag_detected",
        "request_is_sick_leave",
        "patient_age_years",
        "nobody_knows",
    ):
        assert dictionary.is_sensitive(name)
    for name in ("charge_equals_quote", "integrated_in_care_pathway", "trace_report_present"):
        assert not dictionary.is_sensitive(name)


def test_a_moment_has_one_spelling():
    assert instant(datetime(2026, 2, 1, 12, tzinfo=UTC)) == "2026-02-01T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, None),
        ({"on_call_duty": True}, True),
        (dict.fromkeys(dictionary.PATHWAY_GROUNDS, False), False),
        ({**dict.fromkeys(dictionary.PATHWAY_GROUNDS[1:], False)}, None),
    ],
)
def test_one_ground_is_enough_and_silence_is_unknown(values, expected):
    facts = {name: Fact(value, "physician") for name, value in values.items()}
    assert dictionary.integrated(facts) is expected


def test_a_correction_is_a_row_of_its_own_and_the_old_one_stays_known(pack):
    rows = [rule for rule in pack.rules if rule.id == "secret-operator-cannot-read"]
    old, new = sorted(rows, key=lambda rule: rule.recorded_from)
    assert old.recorded_until == new.recorded_from and new.recorded_until is None
    assert "médecin de garde" in new.reason_fr and "médecin de garde" not in old.reason_fr
    assert pack.rule(old.id) is new
    for day, known in ((date(2026, 11, 21), old), (date(2026, 11, 22), new), (None, new)):
        decision = evaluator.judge(
            facts={"operator_role_can_read_content": Fact(True, "system")}, scopes=("platform",),
            at=datetime(2026, 11, 22, tzinfo=UTC), profile="cnom2016", pack=pack, known_at=day,
        )  # fmt: skip
        said = [found.text for found in decision.fired if found.rule == old.id]
        assert said == [known.reason_fr]
