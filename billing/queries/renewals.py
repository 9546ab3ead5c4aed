"""Holds that must be placed again, and those that a patient was asked for."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from billing.models import Leg, Op, Renewal
from billing.rules import RENEW_AHEAD, renewal_due
from billing.states import LegState, OpKind, OpState, RenewalState
from consults.queries import deadlines

WAITING = (RenewalState.ASKED, RenewalState.OPEN)
ENDING = (OpKind.CAPTURE, OpKind.CANCEL)


def waiting_of(leg_id: UUID) -> Renewal | None:
    """The hold that a payment's patient was asked to place again and has not yet."""
    return Renewal.objects.filter(leg=leg_id, state__in=WAITING).first()


def waiting_for(question_id: UUID) -> list[Renewal]:
    """Every hold of a question that waits to be placed again, honoraires first."""
    mine = Renewal.objects.filter(leg__question=question_id, state__in=WAITING)
    return list(mine.select_related("leg").order_by("leg__party"))


def other_renewed(one: Renewal) -> bool:
    """Whether the other hold of its quote was placed again since both were asked for."""
    counted = Renewal.objects.filter(leg__quote=one.leg.quote_id, state=RenewalState.COUNTED)
    together = Q(asked_at=one.asked_at) | Q(settled_at__gte=one.asked_at)
    return counted.filter(together).exclude(leg=one.leg_id).exists()


def legs_to_renew(now: datetime, limit: int) -> list[UUID]:
    """Payments whose hold would lapse before their answer is due, and nobody was asked yet."""
    ending = Op.objects.filter(leg=OuterRef("pk"), state=OpState.LIVE, kind__in=ENDING)
    asked = Renewal.objects.filter(leg=OuterRef("pk"), state__in=WAITING)
    near = Leg.objects.filter(
        ~Exists(ending), ~Exists(asked), state=LegState.AUTHORISED, elsewhere=False,
        authorised_at__isnull=False, capture_before__gt=now, capture_before__lte=now + RENEW_AHEAD,
    )  # fmt: skip
    found = list(near.values_list("id", "question", "authorised_at", "capture_before"))
    until = deadlines({question for _, question, _, _ in found})
    return [
        leg_id
        for leg_id, question, held, before in found
        if question in until and held and before
        and renewal_due(
            authorised_at=held, capture_before=before, deadline_at=until[question], now=now
        )
    ][:limit]  # fmt: skip


def unwanted_renewals(limit: int) -> list[UUID]:
    """Those that wait for a hold that no longer stands alone: their page must close."""
    ending = Op.objects.filter(leg=OuterRef("leg"), state=OpState.LIVE, kind__in=ENDING)
    waiting = Renewal.objects.filter(state__in=WAITING)
    wanted = waiting.filter(
        ~Exists(ending), leg__state=LegState.AUTHORISED, leg__elsewhere=False,
        leg__payment_intent=F("instead_of"),
    )  # fmt: skip
    return list(waiting.exclude(pk__in=wanted).values_list("pk", flat=True)[:limit])


def renewals_to_look_at(before: datetime, limit: int) -> list[UUID]:
    """Open pages that nobody looked at since then."""
    opened = Renewal.objects.filter(state=RenewalState.OPEN, checkout_session__isnull=False)
    silent = opened.filter(looked_at=None) | opened.filter(looked_at__lt=before)
    return list(silent.values_list("pk", flat=True)[:limit])


def renewals_to_tell(before: datetime, limit: int, but: Iterable[UUID] = ()) -> list[Renewal]:
    """Those of which no mail has told yet, and none was tried since then; the oldest first.

    `but` are questions whose mail waits.
    """
    untold = Renewal.objects.filter(state__in=WAITING, told_at=None).select_related("leg")
    untold = untold.exclude(leg__question__in=[*but])
    due = untold.filter(telling_at=None) | untold.filter(telling_at__lt=before)
    return list(due.order_by("asked_at")[:limit])


def asked_to_renew(question_ids: Iterable[UUID]) -> set[UUID]:
    """Of these questions, those whose patient was asked to place a hold again."""
    waiting = Renewal.objects.filter(leg__question__in=list(question_ids), state__in=WAITING)
    return set(waiting.values_list("leg__question", flat=True))
