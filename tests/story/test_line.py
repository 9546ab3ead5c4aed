"""Lines of a story: defaults, plain text, and a clear error before anything is played."""

import json
from pathlib import Path

import pytest

from broker.story.line import DEFAULT_ANSWER, BadStory, Line, read_file, read_line
from broker.story.play import _route


def test_a_line_of_plain_text_takes_every_default() -> None:
    line = read_line("Puis-je prendre du paracétamol ?", number=1)
    assert line == Line(text="Puis-je prendre du paracétamol ?")
    assert (line.pathway, line.settlement, line.card) == ("treating", "card", "ok")
    assert (line.act_kind, line.report, line.flags) == ("telemedicine_act", True, ())
    assert line.answer == DEFAULT_ANSWER


@pytest.mark.parametrize(
    ("fields", "tier"),
    [
        ({}, "own-physician"),
        ({"pathway": "referral"}, "async-48h"),
        ({"pathway": "none"}, "async-48h"),
        ({"tier": "async-48h"}, "async-48h"),
    ],
)
def test_the_tier_follows_the_pathway_unless_it_is_said(fields: dict, tier: str) -> None:
    assert Line(text="x", **fields).asked_tier == tier


@pytest.mark.parametrize(
    ("raw", "code", "detail"),
    [
        ('{"text": "x"', "LINE_NOT_JSON", ""),
        ('{"text": "x", "text": "y"}', "LINE_NOT_JSON", "twice"),
        ('{"text": ' + "[" * 90_000, "LINE_NOT_JSON", ""),
        ("{}", "LINE_FIELD_MISSING", "text"),
        ('{"text": 3}', "LINE_FIELD_INVALID", "text"),
        ('{"text": "x", "colour": 1}', "LINE_FIELD_UNKNOWN", "colour"),
        ('{"text": "x", "pathway": "friend"}', "LINE_FIELD_INVALID", "pathway"),
        ('{"text": "x", "report": "yes"}', "LINE_FIELD_INVALID", "report"),
        ('{"text": "x", "flags": ["sneeze"]}', "LINE_FIELD_INVALID", "sneeze"),
        ('{"text": "x", "flags": [["a"]]}', "LINE_FIELD_INVALID", "flags"),
        ('{"text": "x", "flags": "chest-pain"}', "LINE_FIELD_INVALID", "flags"),
        ('{"text": "x", "tier": "express-15"}', "LINE_FIELD_INVALID", "express-15"),
        ('{"text": " "}', "LINE_TEXT_REFUSED", "TEXT_EMPTY"),
        ('{"text": "a\\u0000b"}', "LINE_TEXT_REFUSED", "TEXT_NUL"),
        ('{"text": "a\\ud800b"}', "LINE_TEXT_REFUSED", "TEXT_SURROGATE"),
        ('{"text": "a\\u202eb"}', "LINE_TEXT_REFUSED", "TEXT_BIDI"),
        ('{"text": "x", "answer": ""}', "LINE_TEXT_REFUSED", "answer"),
        ("x" * 4001, "LINE_TEXT_REFUSED", "TEXT_TOO_LONG"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_code(
    raw: str, code: str, detail: str
) -> None:
    with pytest.raises(BadStory) as wrong:
        read_line(raw, number=7)
    assert (wrong.value.code, wrong.value.number) == (code, 7)
    assert str(wrong.value).startswith(f"line 7: {code}: ")
    assert detail in str(wrong.value)


def test_a_file_is_read_whole_before_anything_is_played(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    file.write_bytes('\ufeffUne question\r\n\n{"text": "Une autre", "report": false}\n'.encode())
    assert [line.text for line in read_file(file)] == ["Une question", "Une autre"]
    file.write_text('Une question\n\n{"text": "Une autre", "oups": 1}\n')
    with pytest.raises(BadStory, match=r"^line 3: LINE_FIELD_UNKNOWN: .*oups"):
        read_file(file)


@pytest.mark.parametrize(
    ("content", "code", "number"),
    [
        (b"", "FILE_EMPTY", 0),
        (b" \n\n", "FILE_EMPTY", 0),
        (b"ok\n\xff\xfe", "FILE_NOT_UTF8", 2),
        (b"x\n" * 2001, "FILE_TOO_LARGE", 0),
        (b" " * 10_000_001, "FILE_TOO_LARGE", 0),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, content: bytes, code: str, number: int
) -> None:
    file = tmp_path / "story.jsonl"
    file.write_bytes(content)
    with pytest.raises(BadStory) as wrong:
        read_file(file)
    assert (wrong.value.code, wrong.value.number) == (code, number)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadStory, match="FILE_NOT_READ"):
        read_file(tmp_path / "none.jsonl")


def test_a_line_survives_its_own_json() -> None:
    line = Line(text="Une question", flags=("bleeding",), pathway="on-call", card="3ds")
    assert read_line(json.dumps(line.model_dump()), number=1) == line


def test_outside_the_hours_the_story_asks_without_that_ground_and_never_for_another():
    assert _route("on-call", "7", ["none:7", "treating:3"]) == "none:7"
    assert _route("on-call", "7", ["on-call:7"]) == "on-call:7"
    assert _route("treating", "3", ["none:3"]) == "treating:3"
