"""Turns of duty: entered by the operator, cut short, refused or handed over by their physician."""

from datetime import datetime
from uuid import UUID

from audit.actions import record
from audit.facts import Actor, Json, instant
from consults.actions.steps import in_transaction
from consults.calendar.oncall import on_call_spans
from consults.models import Duty, DutyEnd, Handover, Physician
from consults.queries.duty import turn_end


class TurnOutsideHours(Exception):
    """An on-call turn was to be entered where no on-call hours are."""

    code = "TURN_OUTSIDE_HOURS"


class TurnOver(Exception):
    """The turn has ended, was cancelled, or is a colleague's by now."""

    code = "TURN_OVER"


class HandoverUnfit(Exception):
    """A turn was offered to its own physician, or answered by somebody it was not offered to."""

    code = "HANDOVER_UNFIT"


def roster(
    *,
    physician_id: UUID,
    role: str,
    starts_at: datetime,
    ends_at: datetime,
    departement: str,
    actor: Actor,
    now: datetime,
    paid_by_allowance: bool = False,
) -> Duty:
    """Enter a turn of duty; `paid_by_allowance` says whether the turn itself pays the acts.

    An on-call turn counts during the département's on-call hours alone: raises TurnOutsideHours
    where it meets none of them.
    """
    in_transaction()
    if role == "on-call" and not on_call_spans(departement, starts_at, ends_at):
        raise TurnOutsideHours
    physician = Physician.objects.get(pk=physician_id)
    turn = Duty(
        subject=physician.subject,
        physician=physician,
        role=role,
        departement=departement,
        starts_at=starts_at,
        ends_at=ends_at,
        paid_by_allowance=paid_by_allowance,
        recorded_at=now,
    )
    hours: dict[str, Json] = {"starts_at": instant(starts_at), "ends_at": instant(ends_at)}
    _note("duty.rostered", turn, actor, now, paid_by_allowance=paid_by_allowance, **hours)
    turn.save(force_insert=True)
    return turn


def end_turn(
    *, duty_id: UUID, because: str, ended_at: datetime, actor: Actor, now: datetime
) -> None:
    """Let a turn end at `ended_at`, or never begin; raises TurnOver when that is past already."""
    turn = _open_turn(duty_id, now)
    ended_at = max(ended_at, now, turn.starts_at)
    if ended_at >= turn.ends_at:
        raise TurnOver
    _note("duty.ended", turn, actor, now, because=because, ended_at=instant(ended_at))
    DutyEnd.objects.create(
        subject=turn.subject, duty=turn, ended_at=ended_at, because=because, recorded_at=now
    )
    for offer in Handover.objects.select_for_update().filter(duty=turn, answered_at=None):
        _answer(offer, turn, False, actor, now)


def offer_turn(*, duty_id: UUID, to_id: UUID, actor: Actor, now: datetime) -> Handover:
    """Offer the rest of a turn to a colleague; it stays with its physician until they accept."""
    turn = _open_turn(duty_id, now)
    to = Physician.objects.get(pk=to_id)
    if to.pk == turn.physician_id or Handover.objects.filter(duty=turn, answered_at=None).exists():
        raise HandoverUnfit
    record(
        type="duty.offered",
        subject=turn.subject,
        scope=turn.physician.council,
        actor=actor,
        now=now,
        data={"turn": str(turn.id), "to": to.rpps},
    )
    return Handover.objects.create(subject=turn.subject, duty=turn, to=to, offered_at=now)


def answer_handover(
    *, handover_id: UUID, physician_id: UUID, accepted: bool, actor: Actor, now: datetime
) -> Duty | None:
    """Take over what is left of a colleague's turn, or leave it with them."""
    in_transaction()
    offer = Handover.objects.select_for_update().get(pk=handover_id)
    if offer.to_id != physician_id:
        raise HandoverUnfit
    if offer.answered_at is not None:
        raise TurnOver
    turn = _open_turn(offer.duty_id, now)
    _answer(offer, turn, accepted, actor, now)
    if not accepted:
        return None
    begins = max(now, turn.starts_at)
    end_turn(duty_id=turn.id, because="handed-over", ended_at=begins, actor=actor, now=now)
    return roster(
        physician_id=physician_id,
        role=turn.role,
        starts_at=begins,
        ends_at=turn.ends_at,
        departement=turn.departement,
        paid_by_allowance=turn.paid_by_allowance,
        actor=actor,
        now=now,
    )


def _answer(offer: Handover, turn: Duty, accepted: bool, actor: Actor, now: datetime) -> None:
    _note("duty.accepted" if accepted else "duty.declined", turn, actor, now)
    offer.accepted, offer.answered_at = accepted, now
    offer.save(update_fields=["accepted", "answered_at"])


def _open_turn(duty_id: UUID, now: datetime) -> Duty:
    in_transaction()
    # No lock: a turn ends once, and is offered to one at a time, by the database's own word.
    turn = Duty.objects.select_related("physician").get(pk=duty_id)
    if turn_end(turn) < turn.ends_at or turn.ends_at <= now:
        raise TurnOver
    return turn


def _note(type: str, turn: Duty, actor: Actor, now: datetime, **said: Json) -> None:
    """One entry on a turn, under its physician; the hours are public, the reasons are words."""
    record(
        type=type,
        subject=turn.subject,
        scope=turn.physician.council,
        actor=actor,
        now=now,
        data={"turn": str(turn.id), "role": turn.role, "departement": turn.departement, **said},
    )
