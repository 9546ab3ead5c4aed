"""Measuring the screen: exact bounds, the command's formats, the promised figures."""

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consults.screen import screen
from consults.screen.measure import clopper_pearson, measured
from tests.screen import train

DATA = Path(__file__).parents[1] / "data"


def test_the_bounds_are_those_of_the_published_tables():
    assert clopper_pearson(0, 10) == (0.0, pytest.approx(0.3085, abs=1e-4))
    assert clopper_pearson(10, 10) == (pytest.approx(0.6915, abs=1e-4), 1.0)
    low, high = clopper_pearson(8, 10)
    assert (low, high) == (pytest.approx(0.4439, abs=1e-4), pytest.approx(0.9748, abs=1e-4))
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_counting_is_by_label():
    pairs = [("suicidal", "suicidal"), ("ordinary_question", "suicidal")]
    found = measured(pairs)
    assert (found.recall["suicidal"].hits, found.precision["suicidal"].tries) == (1, 2)
    assert found.wrongly_stopped.value == 1.0


# What is learnt from must be near whole; what is not is reported in the README as it is.
FLOOR = {"tuning": 0.98, "blind": 0.98, "blind-2": 0.98, "held-out": 0.9, "blind-5": 0.9}
KEPT_APART = ("held-out", "blind-5")


def messages(name):
    """The labelled messages of one file."""
    lines = (DATA / f"messages-{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", FLOOR)
def test_the_promises_hold_on_our_own_messages(name):
    found = measured([(row["label"], screen(row["text"]).label) for row in messages(name)])
    assert found.wrongly_stopped.value <= (0.15 if name in KEPT_APART else 0.1)
    assert found.danger_heard.value >= FLOOR[name]


def test_what_is_kept_apart_is_never_learnt_from():
    apart = {row["text"] for name in KEPT_APART for row in messages(name)}
    learnt = {row["text"] for row in train.rows()}
    assert len(apart) >= 250 and len(learnt) >= 4_000 and not apart & learnt


def test_screen_reads_one_message_or_lines(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"je veux mourir\n")))
    call_command("screen")
    one = json.loads(capsys.readouterr().out)
    assert one["label"] == "suicidal" and set(one) == {"label", "action", "alerts", "because"}


def test_a_bad_line_is_named_by_a_code_and_the_rest_goes_on(monkeypatch, capsys):
    lines = (
        b'{"text": "je veux mourir"}\n{"texte": 1}\n\nnothing\n{"text": " "}\n[1]\n'
        b'{"text": 3}\n\xff\xfe\n{"text": "\\ud800 je veux mourir"}\n'
        b'{"text": "combien de tasses de the par jour ?"}'
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    with pytest.raises(CommandError, match="6 line") as raised:
        call_command("screen", "--jsonl")
    assert raised.value.returncode == 2
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one.get("error") or one["label"] for one in read] == [
        "suicidal", "NO_TEXT", "NOT_JSON", "EMPTY_TEXT", "NO_TEXT", "NO_TEXT", "NOT_JSON",
        "suicidal", "ordinary_question",
    ]  # fmt: skip
    assert read[2]["line"] == 4


@pytest.mark.parametrize("options", [(), ("--jsonl",)])
@pytest.mark.parametrize("given", [b"", b" \n\n"])
def test_nothing_to_read_is_said_clearly(monkeypatch, options, given):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    with pytest.raises(CommandError, match="EMPTY_INPUT"):
        call_command("screen", *options)


def test_the_evaluation_prints_each_label(capsys):
    call_command("screen", "--evaluate", str(DATA / "messages-held-out.jsonl"))
    out = capsys.readouterr().out
    assert "suicidal" in out and "wrongly stopped" in out and "[" in out
    with pytest.raises(CommandError, match="nowhere"):
        call_command("screen", "--evaluate", "nowhere.jsonl")
