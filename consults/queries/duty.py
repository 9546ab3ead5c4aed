"""Who is on duty: the on-call turns of a département, and the duty physicians of alerts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q, QuerySet

from consults.calendar import PARIS
from consults.calendar.oncall import is_on_call, on_call_spans
from consults.models import Duty, Handover
from consults.queries.careers import state_at
from consults.states import ACTIVE

Span = tuple[datetime, datetime]


def turn_end(turn: Duty) -> datetime:
    """When a turn really ends: its end, or the earlier one that was recorded."""
    try:
        return min(turn.ends_at, turn.end.ended_at)
    except ObjectDoesNotExist:
        return turn.ends_at


def on_duty(at: datetime, role: str = "alerts") -> list[Duty]:
    """The turns of duty that cover an instant, as recorded by then, the first rostered first.

    Whoever was stopped meanwhile holds none: no patient's words go to them.
    """
    turns = _covering(at).filter(role=role).order_by("recorded_at", "id")
    return [turn for turn in turns if state_at(turn.physician_id, at) == ACTIVE]


def on_call(at: datetime) -> list[Duty]:
    """The on-call turns that count at an instant: rostered, and in their département's hours."""
    return [turn for turn in on_duty(at, "on-call") if is_on_call(turn.departement, at)]


def _covering(at: datetime) -> QuerySet[Duty]:
    return (
        Duty.objects.filter(starts_at__lte=at, ends_at__gt=at, recorded_at__lte=at)
        .exclude(end__recorded_at__lte=at, end__ended_at__lte=at)
        .select_related("physician", "end")
    )


def turn_exists(duty_id: UUID) -> bool:
    """Whether there is such a turn."""
    return Duty.objects.filter(pk=duty_id).exists()


def has_begun(duty_id: UUID, at: datetime) -> bool:
    """Whether a turn had begun at that instant."""
    return Duty.objects.filter(pk=duty_id, starts_at__lte=at).exists()


def is_turn_of(duty_id: UUID, physician_id: UUID) -> bool:
    """Whether a turn is this physician's."""
    return Duty.objects.filter(pk=duty_id, physician_id=physician_id).exists()


@dataclass(frozen=True)
class Turn:
    """A turn as boards show it: `until` is its real end, `clashes` that it meets another."""

    id: UUID
    physician_id: UUID
    physician_name: str
    role: str
    departement: str
    starts_at: datetime
    until: datetime
    ended_because: str
    paid_by_allowance: bool
    offered_to: str
    clashes: bool
    # On-call hours that it covers; None for the duty physician of alerts, who counts at any hour.
    counted: tuple[Span, ...] | None


def turns_between(
    starts_at: datetime, ends_at: datetime, physician_id: UUID | None = None
) -> list[Turn]:
    """The turns that touch a span of time, in order, with what is wrong with them."""
    rows = Duty.objects.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)
    if physician_id is not None:
        rows = rows.filter(physician_id=physician_id)
    found = list(
        rows.select_related("physician", "end").order_by("starts_at", "departement", "id")
    )
    open_offers = Handover.objects.filter(duty__in=found, answered_at=None).select_related("to")
    offers = {offer.duty_id: offer.to.name for offer in open_offers}
    return [_shown(turn, found, offers.get(turn.id, "")) for turn in found]


def _shown(turn: Duty, others: Iterable[Duty], offered_to: str) -> Turn:
    until = turn_end(turn)
    cut = until < turn.ends_at
    spans = on_call_spans(turn.departement, turn.starts_at, until)
    return Turn(
        id=turn.id,
        physician_id=turn.physician_id,
        physician_name=turn.physician.name,
        role=turn.role,
        departement=turn.departement,
        starts_at=turn.starts_at,
        until=until,
        ended_because=turn.end.because if cut else "",
        paid_by_allowance=turn.paid_by_allowance,
        offered_to=offered_to,
        clashes=any(_clash(turn, other) for other in others),
        counted=tuple(spans) if turn.role == "on-call" else None,
    )


def _clash(one: Duty, other: Duty) -> bool:
    """The same physician twice at once, or two physicians on the same turn."""
    same_seat = one.role == other.role and (
        one.physician_id == other.physician_id or one.departement == other.departement
    )
    return (
        one.id != other.id
        and same_seat
        and one.starts_at < turn_end(other)
        and other.starts_at < turn_end(one)
    )


def gaps(role: str, departement: str, starts_at: datetime, ends_at: datetime) -> list[Span]:
    """When nobody holds a role: alerts need somebody at every hour, on-call duty in its hours.

    Alerts know no département: a duty physician hears them all.
    """
    rows = Duty.objects.filter(role=role, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if role == "on-call":
        rows = rows.filter(departement=departement)
        wanted = on_call_spans(departement, starts_at, ends_at)
    else:
        wanted = [(starts_at.astimezone(UTC), ends_at.astimezone(UTC))]
    held = sorted(
        (turn.starts_at, turn_end(turn))
        for turn in rows.select_related("end")
        if state_at(turn.physician_id, ends_at) == ACTIVE  # as known by now
    )
    return [gap for span in wanted for gap in _left_of(span, held)]


def _left_of(span: Span, held: Iterable[Span]) -> list[Span]:
    at, ends_at = span
    left = []
    for starts, ends in held:
        if ends <= at or starts >= ends_at or ends <= starts:
            continue
        if starts > at:
            left.append((at, starts))
        at = max(at, ends)
    return [*left, (at, ends_at)] if at < ends_at else left


def rostered_departements() -> list[str]:
    """The départements that have, or had, on-call turns here."""
    rows = Duty.objects.filter(role="on-call").order_by("departement")
    return list(rows.values_list("departement", flat=True).distinct())


def handovers_to(physician_id: UUID, at: datetime) -> list[Handover]:
    """The turns that colleagues offer to this physician, and that are not over."""
    rows = Handover.objects.filter(to_id=physician_id, answered_at=None, duty__ends_at__gt=at)
    return list(
        rows.filter(Q(duty__end=None)).select_related("duty__physician").order_by("offered_at")
    )


def midnight(at: datetime) -> datetime:
    """The last midnight in Paris."""
    return at.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)


def two_weeks(at: datetime) -> Span:
    """From the last midnight in Paris, fourteen days of the calendar."""
    first = midnight(at)
    return first, first + timedelta(days=14)
