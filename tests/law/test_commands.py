"""`judge` and `rulebook` at the command line: exact words out, clear words for bad input."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

PAID = {
    "channel": "written", "act_kind": "telemedicine_act", "advice_is_personalised": True,
    "integrated_in_care_pathway": {"value": True, "source": "physician", "evidence": "e-1"},
    "trace_report_present": True, "physician_fee_cents": 2500,
}  # fmt: skip


@pytest.fixture
def run(monkeypatch, capsys):
    """Run a command with text on its standard input; return what it printed."""

    def run(*arguments, typed=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        call_command(*arguments)
        return capsys.readouterr().out

    return run


def test_judge_prints_every_finding(run):
    out = json.loads(run("judge", "--at", "2026-02-01", typed=json.dumps(PAID)))
    assert set(out) == {"outcome", "flags", "fired", "silent", "pack"}
    assert {"rule": "ground-cnom-personalised-teleadvice", "outcome": "billable"} in out["fired"]
    assert "ground-is-position-not-law" in out["flags"]
    assert out["outcome"] == "block_intake" and len(out["pack"]["sha256"]) == 64


def test_judge_asks_the_published_scopes_and_no_rule_of_the_gate(run):
    out = json.loads(run("judge", "--at", "2026-02-01", typed="{}"))
    asked = {finding["rule"] for finding in out["fired"]} | set(out["silent"])
    assert not asked & {"quote-equals-charge", "telecontrol-reminder-day-before"}
    gate = json.loads(run("judge", "--at", "2026-02-01", "--scope", "gate", typed="{}"))
    assert [finding["rule"] for finding in gate["fired"]] == [
        "answer-readable-by-patient", "quote-equals-charge",
    ]  # fmt: skip


def test_judge_reads_a_file_and_lines(run, tmp_path):
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(PAID))
    one = json.loads(run("judge", "--at", "2026-02-01", str(path)))
    line = json.dumps({"at": "2026-02-01", "facts": PAID, "profile": "strict"})
    typed = json.dumps({"at": "2026-02-01", "facts": PAID}) + "\n\n" + line + "\n"
    lines = [json.loads(text) for text in run("judge", "--jsonl", typed=typed).splitlines()]
    assert lines[0] == one
    assert "ground-cnom-personalised-teleadvice" not in json.dumps(lines[1])


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("{", "Expecting"),
        ("[]", "facts"),
        ('{"channel": 3}', "channel"),
        ('{"patient_identified": "yes"}', "patient_identified"),
        ('{"physician_fee_cents": 2.5}', "physician_fee_cents"),
        ('{"channel": {"value": "written", "source": "rumour"}}', "source"),
        ('{"channel": {"value": "written", "until": "2027"}}', "channel"),
        ('{"channel": {"value": "written", "valid_until": "soon"}}', "soon"),
        ("[" * 100_000, "judge"),
    ],
)
def test_judge_names_what_it_cannot_read(run, typed, named):
    with pytest.raises(CommandError, match=named) as caught:
        run("judge", "--at", "2026-02-01", typed=typed)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("at", ["", "2026-02-30", "tomorrow", "0001-01-01T00:00:00+14:00"])
def test_judge_wants_a_real_day(run, at):
    with pytest.raises(CommandError):
        run("judge", "--at", at, typed="{}")


def test_a_bad_line_is_answered_in_its_place(run, capsys):
    typed = '{"facts": {}}\n{"at": "2026-02-01", "facts": {}}\n'
    with pytest.raises(CommandError, match="1 line"):
        run("judge", "--jsonl", typed=typed)
    lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert "error" in lines[0] and lines[1]["outcome"] == "block_intake"


def test_the_rulebook_leads_from_text_to_code_to_tests(capsys):
    call_command("rulebook")
    whole = capsys.readouterr().out
    assert "Article 53" in whole or "article 53" in whole
    assert "consults.rules.may_ask" in whole and "tests/law/cases/article-53.json" in whole
    assert "art53-correspondence-advice-never-billable-2004" not in whole
    call_command("rulebook", "--at", "2010-03-01")
    assert "art53-correspondence-advice-never-billable-2004" in capsys.readouterr().out
    call_command("rulebook", "SICK_NOTE_REQUEST")
    assert "6 novembre 2020" in capsys.readouterr().out
    with pytest.raises(CommandError, match="no rule"):
        call_command("rulebook", "no-such-rule")
