"""Who is here at this moment and may answer at once: what a tier by speed rests on."""

from datetime import datetime, timedelta
from uuid import UUID

from billing.money.tiers import EXPRESS, SWITCHED
from broker.models import Presence
from broker.queries.questions import view_of
from consults import queries as people

# A page asks every few seconds; a hidden one is slowed down by its browser to once a minute.
HERE_FOR = timedelta(seconds=120)


def seen_at(physician_id: UUID, at: datetime) -> datetime | None:
    """When this physician's pages last showed a sign of life, if that was a moment ago."""
    row = Presence.objects.filter(pk=physician_id, seen_at__gt=at - HERE_FOR).first()
    return row.seen_at if row else None


def ready_for(question_id: UUID, physician_id: UUID, at: datetime) -> datetime | None:
    """The last sign of life of a physician who is here, fit for this question and open to it.

    None when they are away, have paused, take no questions of this kind, or may not claim one;
    and while somebody else's answer is due from them within as short a time.
    """
    here = seen_at(physician_id, at)
    until = at + timedelta(seconds=SWITCHED[EXPRESS].answer_within_seconds)
    if here is None or people.owes_by(physician_id, until):
        return None
    view = view_of(question_id)
    offered = people.physicians_offered(view.patient_id, at, only=physician_id)
    return here if any(one.answers(view.ground, view.topic) for one in offered) else None
