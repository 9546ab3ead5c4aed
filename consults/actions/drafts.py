"""Texts that came too late to be accepted are kept, so that their author loses nothing."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from audit.facts import Actor
from consults.actions.steps import Act, in_transaction, locked
from consults.models import Draft


def forget_drafts(*, now: datetime) -> int:
    """Delete the drafts whose thirty days are over; return how many there were."""
    in_transaction()
    deleted, _ = Draft.objects.filter(delete_at__lte=now).delete()
    return deleted


def keep_form(*, question_id: UUID, typed: Mapping[str, str], actor: Actor, now: datetime) -> None:
    """Keep an answer as far as it is written, sealed; it takes the place of its earlier draft."""
    act = Act(locked(question_id=question_id), actor, now)
    Draft.objects.filter(question=act.question, author_id=actor.id).delete()
    client_id = uuid4()
    words = json.dumps(dict(typed), ensure_ascii=False)
    act.keep("form", act.cover(words, client_id=client_id, field="form"), client_id)
