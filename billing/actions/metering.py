"""A metered exchange: who is there, its end by either side, and what it came to."""

from datetime import datetime
from uuid import UUID

from audit.facts import Actor, instant
from billing.actions.steps import in_transaction, note, one_at_a_time
from billing.models import Acceptance, MeterReading, MeterStop, Presence, Quote
from billing.money.metering import SILENCE, Meter
from billing.queries.metering import is_metered, meter_of
from billing.queries.quotes import acceptance_of
from consults.queries.record import recorded


class MeterNotRunning(Exception):
    """There is no meter here that could be ended."""

    code = "METER_NOT_RUNNING"


def mark(*, question_id: UUID, side: str, since: datetime, actor: Actor, now: datetime) -> None:
    """A line of this side spoke now, and before at `since`: between the two they were there.

    Several lines of one side lengthen one stretch. A longer silence is a line that cannot be
    shown to have stood, and counts for nothing; nor does anything where no meter may run.
    """
    in_transaction()
    if not since < now <= since + SILENCE or not is_metered(question_id):
        return
    reaching = Presence.objects.filter(
        question=question_id, side=side, began_at__lte=since, seen_at__gte=since
    )
    if reaching.filter(seen_at__lt=now).update(seen_at=now) or reaching.exists():
        return
    of = recorded(question_id)
    note(
        type="presence.began", of=of, actor=actor, now=now,
        data={"side": side, "began_at": instant(since)},
    )  # fmt: skip
    Presence.objects.create(
        subject=of.subject, question=question_id, side=side, began_at=since, seen_at=now
    )


def stop_meter(*, question_id: UUID, side: str, actor: Actor, now: datetime) -> MeterStop:
    """Either side ends the metered exchange; again changes nothing. Raises MeterNotRunning."""
    in_transaction()
    accepted = acceptance_of(question_id)
    if accepted is None or not accepted.quote.per_minute_cents:
        raise MeterNotRunning
    one_at_a_time(name=f"meter {accepted.quote_id}")
    earlier = MeterStop.objects.filter(quote=accepted.quote).first()
    if earlier is not None:
        return earlier
    of = recorded(question_id)
    note(
        type="meter.stopped", of=of, actor=actor, now=now,
        data={"quote": str(accepted.quote_id), "side": side, "stopped_at": instant(now)},
    )  # fmt: skip
    return MeterStop.objects.create(
        subject=of.subject, question=question_id, quote=accepted.quote, side=side, stopped_at=now
    )


def read_meter(*, accepted: Acceptance, now: datetime) -> Meter | None:
    """Read a meter for good, inside the transaction of its pass; None for a flat fee."""
    in_transaction()
    quote: Quote = accepted.quote
    meter = meter_of(quote.question, now)
    if meter is None:
        return None
    MeterReading.objects.create(
        subject=quote.subject, question=quote.question, quote=quote,
        per_minute_cents=meter.per_minute_cents, cap_cents=meter.cap_cents,
        minutes=meter.minutes, cents=meter.cents, started_at=meter.started_at, read_at=now,
    )  # fmt: skip
    return meter
