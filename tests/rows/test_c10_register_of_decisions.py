"""C10: the automatic decisions are a register with version and reasons, and each one replays."""

import json

from audit.law import packs
from audit.law.replay import judged_again
from audit.law.words import finding_text
from audit.models import Entry, RulePack
from audit.queries.openings import decision_of
from broker.actions.platform import judge_platform
from broker.actions.rejudging import judge_again
from consults.queries.record import key_of_subject
from tests import people
from tests.people import now


def test_every_stored_decision_replays_to_the_same_findings_with_its_own_version(walk):
    walk.held()
    walk.answers()
    operator = people.Actor("operator", people.UUID(int=7))
    judge_again(question_id=walk.question, actor=operator, now=now())
    judge_platform(now=now())
    sick = people.asked(walk.patient, walk.physician, text="Il me faut un arrêt de travail.")
    assert sick.state == "refused"
    replayed = 0
    for entry in Entry.objects.all():
        decision = decision_of(entry, key_of_subject)
        if decision is None:
            continue
        kept = RulePack.objects.get(pk=decision["pack"]["sha256"])
        pack = packs.from_body(json.loads(bytes(kept.body)))
        assert pack.ref.as_json() == decision["pack"]
        assert judged_again(decision, pack).as_json() == decision, entry.type
        for row in decision["fired"]:
            assert finding_text(row["rule"], "fr", pack).reason
        replayed += 1
    assert replayed >= 7
