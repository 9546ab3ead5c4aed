"""Operations whose turn it is: each waits longer after each try, and none holds up another."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Least, Power

from billing.models import Attempt, Op
from billing.states import OpState

LEASE_SECONDS = 60  # an attempt older than this has died
LONGEST_WAIT_SECONDS = 300
DOUBLINGS = 9  # of a second: the longest wait is reached before


def ops_due(now: datetime, limit: int) -> list[UUID]:
    """Live operations that may be tried now: those never tried, then the longest untried.

    What waits for its next try is not among them, however much of it there is: an account that
    its holder cut, or a call that always fails, keeps no other payment from its turn.
    """
    last = Attempt.objects.filter(op=OuterRef("pk")).order_by("-number")
    seconds = Case(
        When(ended=None, then=Value(float(LEASE_SECONDS))),
        default=Least(
            Power(Value(2.0), Cast(Least(F("tries"), Value(DOUBLINGS)), FloatField())),
            Value(float(LONGEST_WAIT_SECONDS)),
        ),
    )
    wait = ExpressionWrapper(seconds * Value(timedelta(seconds=1)), output_field=DurationField())
    live = Op.objects.filter(state=OpState.LIVE).annotate(
        tries=Subquery(last.values("number")[:1]),
        begun=Subquery(last.values("begun_at")[:1]),
        ended=Subquery(last.values("ended_at")[:1]),
    )
    due = live.annotate(
        due_at=ExpressionWrapper(Coalesce("ended", "begun") + wait, output_field=DateTimeField())
    ).filter(Q(tries=None) | Q(due_at__lte=now))
    turn = due.order_by(F("begun").asc(nulls_first=True), "asked_at")
    return list(turn.values_list("pk", flat=True)[:limit])
