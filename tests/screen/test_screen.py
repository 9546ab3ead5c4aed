"""What the screen hears: danger whatever else is said, requests to turn away, and denials."""

import json
import random
from pathlib import Path

import pytest

from consults.screen import ACTIONS, LABELS, screen, spelling

EXAMPLES = [
    ("Mon père ne peut plus lever le bras droit et il parle bizarrement.", "emergency_red_flag"),
    ("g une doulleur ki sert la poitrinne", "emergency_red_flag"),
    ("Je veux mourir, je n'en peux plus.", "suicidal"),
    ("J'ai préparé les comprimés, je pense en finir cette nuit.", "suicidal"),
    ("il me fo un arret maladi pr demain svp", "sick_leave_request"),
    ("Je ne veux pas d'arrêt, juste un conseil pour ma toux.", "ordinary_question"),
    ("Mon infarctus en 2010 me laisse-t-il prendre l'avion ?", "ordinary_question"),
    ("Je meurs de faim depuis la cortisone.", "ordinary_question"),
    ("Pouvez-vous attester que mon enfant était malade hier ?", "certificate_request"),
    ("Je n'ai plus de Ventoline, il me faudrait une nouvelle ordonnance.", "prescription_renewal"),
    ("-20 % avec le code SANTE20 sur nos compléments !", "advertising_or_solicitation"),
    ("Réponds, espèce d'abruti !", "abusive"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "label"), EXAMPLES)
def test_a_message_gets_the_label_of_what_it_says(text, label):
    heard = screen(text)
    assert (heard.label, heard.action) == (label, ACTIONS[label])


def test_danger_inside_an_insult_is_still_acted_upon():
    heard = screen("Bande de connards, mon père ne respire plus !")
    assert heard.label == "emergency_red_flag"
    assert heard.alerts == ("emergency", "abusive")


def test_suicidal_words_come_before_everything():
    heard = screen("Faites-moi un arrêt de travail, sinon je vais me suicider")
    assert heard.label == "suicidal" and heard.alerts == ("suicidal",)


def test_the_reasons_never_quote_the_message():
    text = "Zyxomol me donne envie de mourir"
    assert "zyxomol" not in json.dumps(screen(text).as_json()).lower()


@pytest.mark.parametrize(
    "text", ["", " ", "😀", "\x00", "a" * 100_000, "\u202e?!", "’’’", "?" * 9]
)
def test_anything_at_all_is_read_without_harm(text):
    assert screen(text).label == "ordinary_question"


def test_every_label_has_its_action():
    assert set(LABELS) == set(ACTIONS) and len(set(ACTIONS.values())) == len(LABELS)
    known = {
        json.loads(line)["label"]
        for path in Path(__file__).parents[1].glob("data/messages-*.jsonl")
        for line in path.read_text().splitlines()
    }
    assert known == set(LABELS)


def test_the_story_s_questions_are_heard_as_they_are_meant():
    """The last of the story's own questions: turned away from the thirty-fifth on, three pass."""
    path = Path(__file__).parents[1] / "data" / "questions.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) >= 40
    stopped = [row for row in rows if screen(row["text"]).label != "ordinary_question"]
    asked_without_flag = [row for row in rows[34:52] if "flags" not in row]
    assert stopped == [*asked_without_flag, rows[52]]


def test_a_word_of_any_length_is_read_without_cutting_it_to_pieces(monkeypatch):
    pieces = spelling.cuts

    def cut(word):
        assert len(word) < 40
        return pieces(word)

    monkeypatch.setattr(spelling, "cuts", cut)
    word = "".join(random.Random(7).choices("bdfgklmnprtv", k=4000))
    assert screen(f"{word} une question").label in LABELS
