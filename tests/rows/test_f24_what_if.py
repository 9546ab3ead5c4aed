"""F24: what would another pack have said? All history replayed, differences only, nothing written.

For each scope a draft gets one more rule, on a fact that nobody ever establishes and that blocks
while it is unknown: exactly the decisions that ask this scope, and did not block before, flip.
"""

import io
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

from audit.law import packs
from audit.law.decisions import JUDGMENTS
from audit.models import Entry
from broker.actions import judging
from broker.actions.platform import judge_platform
from broker.actions.rejudging import judge_again
from tests import people
from tests.people import now

OPERATOR = people.Actor("operator", people.UUID(int=7))
NEVER_SAID = "patient_refused_video"


@pytest.fixture
def history(walk):
    """Every kind of decision that the service records, as far as one question leads to it."""
    walk.held()
    walk.answers()
    judge_again(question_id=walk.question, actor=OPERATOR, now=now())
    judge_platform(now=now())
    judging.judge_text(text="Des réponses écrites par des médecins.", actor=OPERATOR, now=now())
    judging.judge_notice(planned_at=now(), actor=OPERATOR, now=now())
    stranger = people.a_physician(without=("registration",))
    people.asked(walk.patient, stranger, ground="none")
    return [
        (entry.pk, entry.type, json.loads(bytes(entry.body))["decision"])
        for entry in Entry.objects.order_by("pk")
        if b'"decision":{' in bytes(entry.body)
    ]


def draft(folder, scope):
    """The texts with one more rule in a scope, which blocks what it cannot know."""
    shutil.copytree(packs.FOLDER, folder)
    path = next(iter(sorted(Path(folder).glob("*.json"))))
    body = json.loads(path.read_text())
    model = body["rules"][0]
    body["rules"].append(
        {
            **model, "id": "draft-blocks-the-unknown", "scope": scope, "outcome": "block_intake",
            "on_unknown": "block_intake", "facts": [NEVER_SAID], "legal_status": "binding_law",
            "effective_from": "2000-01-01", "effective_until": None,
            "recorded_from": "2000-01-01", "recorded_until": None,
            "when": {"fact": NEVER_SAID, "op": "eq", "value": True},
        }
    )  # fmt: skip
    path.write_text(json.dumps(body))
    return folder


def told(folder):
    out, err = io.StringIO(), io.StringIO()
    call_command("whatif", "--pack", str(folder), "--jsonl", stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_each_kind_of_decision_flips_where_its_own_scope_changes(history, tmp_path):
    kinds = {type for _, type, _ in history}
    assert {
        "question.opened", "quote.issued", "question.claimed", "answer.given", "gate.passed",
        "act.judged-again", "platform.refused", "text.judged", "notice.refused",
    } <= kinds, kinds  # fmt: skip
    before = Entry.objects.count()
    for scope in sorted({scope for one in JUDGMENTS for scope in one.scopes}):
        flips, said = told(draft(tmp_path / scope, scope))
        expected = {
            pk
            for pk, _, decision in history
            if scope in decision["scopes"] and decision["outcome"] != "block_intake"
        }
        assert {flip["entry"] for flip in flips} == expected, scope
        assert all("draft-blocks-the-unknown" in flip["rules"] for flip in flips)
        assert f"{len(history)} decisions replayed" in said
    assert Entry.objects.count() == before, "nothing is written"


def test_the_pack_in_force_flips_nothing(history):
    flips, said = told(packs.FOLDER)
    assert flips == [] and f"{len(history)} decisions replayed" in said
