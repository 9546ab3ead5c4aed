"""What a physician decides about their own money."""

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db.models import Exists, OuterRef

from audit.actions import record
from audit.facts import NATIONAL, Actor, instant
from audit.models import Entry
from billing import money
from billing.actions.papers import issue_receipt
from billing.actions.steps import in_transaction, locked_leg, note, one_at_a_time, posted
from billing.models import Acquittal, Honoraires, Leg, Letterhead, Schedule
from billing.money.tiers import PER_ACT, PLATFORM_CAP_CENTS, PRICED_BY, SWITCHED
from billing.queries.legs import of_leg, told
from billing.queries.papers import done_at, local_day
from billing.states import SECTORS, LegState, Mode
from consults.queries.record import Recorded, named


class NotDue(Exception):
    """Nothing is due on this payment."""

    code = "NOT_DUE"


class ReceivedTooSoon(Exception):
    """The day of settlement lies before the answer, or has not come."""

    code = "RECEIVED_TOO_SOON"


class SectorUnknown(Exception):
    """No such sector of the convention."""

    code = "SECTOR_UNKNOWN"


class NotChargeable(Exception):
    """Honoraires are 0, or at least 50 cents."""

    code = "NOT_CHARGEABLE"


class AboveCap(Exception):
    """More than any amount set here; most likely a slip of the keyboard."""

    code = "HONORAIRES_ABOVE_CAP"


class NotOffered(Exception):
    """A price by speed or by the minute goes into the catalogue with the judgment of its offer."""

    code = "OFFER_NOT_JUDGED"


class PeriodUnfit(Exception):
    """A forfait needs an amount and a period of 1 to 366 days, or neither."""

    code = "FORFAIT_PERIOD_UNFIT"


def set_honoraires(
    *, physician_id: UUID, cents: int, actor: Actor, now: datetime, forfait_cents: int = 0,
    forfait_days: int = 0,
) -> Honoraires:  # fmt: skip
    """Fix what this physician asks for one act, and for a period if they offer a forfait.

    Each amount is 0 or from 50 cents to the cap. Raises NotChargeable, AboveCap, PeriodUnfit.
    """
    in_transaction()
    for amount in (cents, forfait_cents):
        if amount != 0 and amount < money.MINIMUM_CARD_CENTS:
            raise NotChargeable
        if amount > money.HONORAIRES_CAP_CENTS:
            raise AboveCap
    whole = bool(forfait_cents) == bool(forfait_days)
    if not whole or not 0 <= forfait_days <= money.FORFAIT_MAX_DAYS:
        raise PeriodUnfit
    who = named(physician_id)
    row = Honoraires(
        id=uuid4(), subject=who.subject, physician=physician_id, cents=cents, set_at=now,
        forfait_cents=forfait_cents, forfait_days=forfait_days,
    )  # fmt: skip
    record(
        type="honoraires.set", subject=row.subject, scope=who.scope, actor=actor, now=now,
        data={
            "physician_rpps": who.rpps, "cents": cents, "forfait_cents": forfait_cents,
            "forfait_days": forfait_days,
            "above_threshold": cents > money.FEE_REVIEW_THRESHOLD_CENTS,
        },
    )  # fmt: skip
    row.save(force_insert=True)
    return row


def publish_schedule(
    *, tier: str, platform_cents: int, vat_bps: int, answer_within_seconds: int,
    effective_from: datetime, withdrawn: bool, actor: Actor, now: datetime,
    subject: UUID | None = None, offer: UUID | None = None,
) -> Schedule:  # fmt: skip
    """A new version of the platform's flat fee for a tier, or the end of its offer.

    `offer` is the decision that judged the line, `subject` the one it was recorded under. Raises
    NotChargeable, AboveCap, and NotOffered for a tier that nobody may offer without a judgment.
    """
    in_transaction()
    if 0 < platform_cents < money.MINIMUM_CARD_CENTS:
        raise NotChargeable
    if platform_cents > PLATFORM_CAP_CENTS:
        raise AboveCap
    if tier in SWITCHED and not withdrawn and offer is None:
        raise NotOffered
    one_at_a_time(name=f"schedule {tier}")
    last = Schedule.objects.filter(tier=tier).order_by("-version").first()
    row = Schedule(
        subject=subject or uuid4(), tier=tier, version=last.version + 1 if last else 1,
        platform_cents=platform_cents, vat_bps=vat_bps,
        answer_within_seconds=answer_within_seconds, effective_from=effective_from,
        withdrawn=withdrawn,
    )  # fmt: skip
    note_line(row=row, offer=offer, actor=actor, now=now)
    row.save(force_insert=True)
    return row


def note_line(*, row: Schedule, offer: UUID | None, actor: Actor, now: datetime) -> None:
    """Record a line of the price list, and the decision that judged it, if one did."""
    in_transaction()
    record(
        type="schedule.published", subject=row.subject, scope=NATIONAL, actor=actor, now=now,
        data={
            "tier": row.tier, "version": row.version, "platform_cents": row.platform_cents,
            "vat_bps": row.vat_bps, "answer_within_seconds": row.answer_within_seconds,
            "effective_from": instant(row.effective_from), "withdrawn": row.withdrawn,
            "pricing_unit": PRICED_BY.get(row.tier, PER_ACT), "offer": str(offer or ""),
        },
    )  # fmt: skip


def untold_lines() -> list[Schedule]:
    """Lines that came with the tables, stand still and are in no entry; locked to whoever lists.

    One that another version has followed is left: told after it, it would seem to be in force.
    """
    for tier in sorted(money.TIERS):
        one_at_a_time(name=f"schedule {tier}")
    told = Entry.objects.filter(type="schedule.published", subject=OuterRef("subject"))
    later = Schedule.objects.filter(tier=OuterRef("tier"), version__gt=OuterRef("version"))
    return list(Schedule.objects.filter(~Exists(told), ~Exists(later)).order_by("tier"))


def acquit(
    *, leg_id: UUID, actor: Actor, now: datetime, mode: str = "",
    received_on: date | None = None,
) -> Leg:  # fmt: skip
    """The physician acknowledges honoraires settled off-platform: DUE becomes ACQUITTED.

    `mode` is "" when the physician did not say it; `received_on` is a day from that of the answer
    to today, which it is by default. Raises NotDue, ReceivedTooSoon.
    """
    leg, of = _due(leg_id)
    today = local_day(now)
    received_on = received_on or today
    if not local_day(done_at(leg) or now) <= received_on <= today:
        raise ReceivedTooSoon
    leg.state, leg.ended_at = LegState.ACQUITTED, now
    rows = posted(
        leg=leg, of=of, postings=money.acquitted(leg.amount_cents), source=f"acquit:{leg.id}",
        now=now,
    )  # fmt: skip
    note(
        type="leg.acquitted", of=of, actor=actor, now=now,
        data=told(leg, mode=mode and str(Mode(mode)), received_on=str(received_on), journal=rows),
    )  # fmt: skip
    leg.save(update_fields=["state", "ended_at"])
    Acquittal.objects.create(
        subject=leg.subject, leg=leg.id, mode=mode, received_on=received_on, noted_at=now
    )
    issue_receipt(leg=leg, of=of, now=now)
    return leg


def waive(*, leg_id: UUID, actor: Actor, now: datetime) -> Leg:
    """The physician asks no more for honoraires due at the practice; raises NotDue.

    No receipt was issued for them, so there is no credit note: their rows are reversed.
    """
    leg, of = _due(leg_id)
    leg.state, leg.ended_at = LegState.WAIVED, now
    rows = posted(
        leg=leg, of=of, postings=money.waived(leg.amount_cents), source=f"waive:{leg.id}", now=now
    )
    note(type="leg.waived", of=of, actor=actor, now=now, data=told(leg, journal=rows))
    leg.save(update_fields=["state", "ended_at"])
    return leg


def _due(leg_id: UUID) -> tuple[Leg, Recorded]:
    """A payment that is due at the practice, locked."""
    in_transaction()
    try:
        leg = locked_leg(leg_id=leg_id)
    except Leg.DoesNotExist:
        raise NotDue from None
    if leg.state != LegState.DUE:
        raise NotDue
    return leg, of_leg(leg)


def set_letterhead(
    *, physician_id: UUID, address: str, sector: str, actor: Actor, now: datetime
) -> Letterhead:
    """What this physician's receipts carry from now on, beside the name; raises SectorUnknown."""
    in_transaction()
    if sector not in ("", *SECTORS):
        raise SectorUnknown
    who = named(physician_id)
    row = Letterhead(
        id=uuid4(), subject=who.subject, physician=physician_id, address=address, sector=sector,
        set_at=now,
    )  # fmt: skip
    record(
        type="letterhead.set", subject=row.subject, scope=who.scope, actor=actor, now=now,
        data={"physician_rpps": who.rpps, "sector": sector, "letterhead": str(row.id)},
    )  # fmt: skip
    row.save(force_insert=True)
    return row
