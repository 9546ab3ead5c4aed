"""`teleconseil story`: a file in, the product's laws checked on what really happened, out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from broker.story import log

ROOT = Path(__file__).parents[2]
LINES = (
    {"text": "Puis-je prendre la lévothyroxine le soir plutôt que le matin ?", "card": "3ds"},
    {"text": "Combien de temps garder ce pansement ?", "act_kind": "simple_advice"},
    {"text": "Bonjour, pouvez-vous me faire un arrêt de travail pour demain ?"},
    {"text": "Faut-il une échographie ?", "pathway": "referral", "settlement": "off_platform"},
    {"text": "Mon pansement tient mal, puis-je le changer ?", "card": "declined"},
    {
        "text": "La goutte est calmée : garder un comprimé par jour ?",
        "pathway": "prescriber",
        "outcome": "adapted-treatment",
    },
)


def story(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "config", "story", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict, str]:
    """One story of six lines, its log, its result and what was printed."""
    folder = tmp_path_factory.mktemp("story")
    file = folder / "story.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LINES))
    done = story(str(file), "--json", str(folder / "out.json"), "--log", str(folder / "journal"))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "journal", json.loads((folder / "out.json").read_text()), done.stdout


def test_each_line_ends_as_the_law_says(told: tuple[Path, dict, str]) -> None:
    questions = told[1]["questions"]
    assert [one["text"] for one in questions] == [line["text"] for line in LINES]
    received = [(q["physician_received_cents"], q["platform_received_cents"]) for q in questions]
    assert received == [(1500, 180), (0, 0), (0, 0), (2300, 300), (0, 0), (2300, 300)]
    paid, free, refused, referred, declined, adapted = questions
    assert paid["screening"] == {"label": "ordinary_question", "action": "route_to_queue"}
    assert paid["quote"] == {"honoraires_cents": 1500, "platform_cents": 180}
    assert paid["verdict"]["outcome"] == referred["verdict"]["outcome"] == "billable"
    assert "ground-cnom-personalised-teleadvice" in paid["verdict"]["fired"]
    assert (free["verdict"]["outcome"], free["code"]) == ("not_billable", "SIMPLE_ADVICE")
    assert (refused["quote"], refused["code"]) == (None, "SICK_NOTE_REQUEST")
    assert refused["screening"]["label"] == "sick_leave_request"
    assert (declined["state"], declined["code"]) == ("withdrawn", "PAYMENT_NOT_HELD")
    assert declined["verdict"] is None
    assert adapted["verdict"]["outcome"] == "billable"


def test_no_law_is_broken_and_every_book_sums_to_zero(told: tuple[Path, dict, str]) -> None:
    _, result, said = told
    assert result["violations"] == []
    assert result["verifier"]["exit_status"] == 0
    assert {book["book"] for book in result["books"]} >= {"platform", "dr:99999990007"}
    assert [book["sum_cents"] for book in result["books"]] == [0] * len(result["books"])
    assert "violations: 0" in said
    assert "SICK_NOTE_REQUEST" in said


def test_the_log_is_left_whole_and_names_the_byte_that_is_changed(
    told: tuple[Path, dict, str],
) -> None:
    journal = told[0]
    assert log.key_of(journal).read_text().startswith("journal.")
    types = [entry["type"] for entry in log.entries(journal)]
    assert types.count("gate.passed") == 3
    assert types.count("question.refused") == 1
    assert log.verify(journal).status == 0
    index = log.flip(journal)
    broken = log.verify(journal)
    assert broken.status == 1
    assert str(index) in broken.said


def test_nothing_written_by_people_is_in_the_log(told: tuple[Path, dict, str]) -> None:
    raw = b"".join(path.read_bytes() for path in log.bundles(told[0]))
    for word in ("lévothyroxine", "pansement", "échographie", "arrêt", "moitié"):
        assert word.encode() not in raw
        assert json.dumps(word)[1:-1].encode() not in raw


def test_a_wrong_file_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    file.write_text('Une question\n{"text": "x", "oups": 1}\n')
    done = story(str(file))
    assert done.returncode == 2
    assert "line 2: LINE_FIELD_UNKNOWN" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [("http://teleconseil.example:8000", "NotThisMachine"), ("http://localhost:9", "Refused")],
)
def test_an_address_with_no_demonstration_is_refused(tmp_path: Path, url: str, why: str) -> None:
    file = tmp_path / "story.jsonl"
    file.write_text("Une question\n")
    done = story(str(file), "--url", url)
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr
