"""Measuring the screen: exact bounds, the command's formats, the promised figures."""

import io
import json
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consults.screen import screen
from consults.screen.measure import clopper_pearson, measured

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


@pytest.mark.parametrize("name", ["messages-tuning.jsonl", "messages-held-out.jsonl"])
def test_the_promises_hold_on_our_own_messages(name):
    rows = [json.loads(line) for line in (DATA / name).read_text().splitlines()]
    found = measured([(row["label"], screen(row["text"]).label) for row in rows])
    assert found.wrongly_stopped.value <= 0.1
    assert found.danger_heard.value >= FLOOR[name]


# What was tuned on must be near whole; what was not is reported in the README as it is.
FLOOR = {"messages-tuning.jsonl": 0.98, "messages-held-out.jsonl": 0.85}


def test_the_two_halves_share_no_message():
    halves = [set((DATA / f"messages-{half}.jsonl").read_text().splitlines())
              for half in ("tuning", "held-out")]  # fmt: skip
    assert not halves[0] & halves[1] and sum(map(len, halves)) >= 300


def test_screen_reads_one_message_or_lines(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"je veux mourir\n")))
    call_command("screen")
    one = json.loads(capsys.readouterr().out)
    assert one["label"] == "suicidal" and set(one) == {"label", "action", "alerts", "because"}
    lines = '{"text": "je veux mourir"}\n{"texte": 1}\n{"text": "bonjour"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines.encode())))
    with pytest.raises(CommandError, match="1 line"):
        call_command("screen", "--jsonl")
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert read[0] == one and "error" in read[1] and read[2]["action"] == "route_to_queue"


def test_the_evaluation_prints_each_label(capsys):
    call_command("screen", "--evaluate", str(DATA / "messages-held-out.jsonl"))
    out = capsys.readouterr().out
    assert "suicidal" in out and "wrongly stopped" in out and "[" in out
    with pytest.raises(CommandError, match="nowhere"):
        call_command("screen", "--evaluate", "nowhere.jsonl")
