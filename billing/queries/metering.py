"""A question's meter as it stands, from what is durable: presence, first message, stops."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from audit.facts import Json, instant
from billing.models import Acceptance, Leg, MeterReading, MeterStop, Presence, Quote
from billing.money.metering import SILENCE, Interval, Meter, shown, together
from billing.queries.quotes import acceptance_of
from billing.states import Party
from consults.queries.threads import first_message_at, signed_at


def is_metered(question_id: UUID) -> bool:
    """Whether a quote by the minute is agreed for a question, and nobody has ended its meter."""
    agreed = Acceptance.objects.filter(quote__question=question_id, quote__per_minute_cents__gt=0)
    ended = MeterStop.objects.filter(quote=OuterRef("quote"))
    return agreed.filter(~Exists(ended)).exists()


def meter_of(question_id: UUID, at: datetime) -> Meter | None:
    """The meter of the accepted quote at that instant; None where nothing is metered.

    It starts with the physician's first message after the agreement, and ends with the stop of
    either side or with the signed answer. What nobody can show is not in it.
    """
    accepted = acceptance_of(question_id)
    if accepted is None or not accepted.quote.per_minute_cents:
        return None
    quote = accepted.quote
    stopped = MeterStop.objects.filter(quote=quote).values_list("stopped_at", flat=True).first()
    started = first_message_at(question_id, by="physician", since=accepted.accepted_at)
    ends = [moment for moment in (at, stopped, signed_at(question_id)) if moment is not None]
    if started is None or started > min(ends):
        return Meter(quote.per_minute_cents, quote.cap_minutes, stopped=len(ends) > 1)
    patient, physician = (_there(question_id, side) for side in ("patient", "physician"))
    pieces = shown(together(patient, physician, Interval(started, min(ends))))
    both_now = all(any(one.end + SILENCE >= at for one in side) for side in (patient, physician))
    return Meter(
        quote.per_minute_cents, quote.cap_minutes, pieces, started,
        stopped=len(ends) > 1, both_now=both_now,
    )  # fmt: skip


def _there(question_id: UUID, side: str) -> list[Interval]:
    rows = Presence.objects.filter(question=question_id, side=side)
    return [Interval(*row) for row in rows.values_list("began_at", "seen_at")]


def reading_of(quote: Quote) -> MeterReading | None:
    """What the meter of a quote came to, once its gate passed."""
    return MeterReading.objects.filter(quote=quote).first() if quote.per_minute_cents else None


def owed_cents(leg: Leg) -> int:
    """What of a payment's hold is owed once its gate passed: the line, or what its meter read."""
    if leg.party != Party.PLATFORM or not leg.quote.per_minute_cents:
        return leg.amount_cents
    reading = reading_of(leg.quote)
    return reading.cents if reading else 0


def as_told(meter: Meter) -> dict[str, Json]:
    """What the entry of a pass says of a meter: enough to count its minutes again."""
    pieces: list[Json] = [[instant(one.start), instant(one.end)] for one in meter.pieces]
    return {
        "per_minute_cents": meter.per_minute_cents,
        "cap_cents": meter.cap_cents,
        "minutes": meter.minutes,
        "cents": meter.cents,
        "started_at": instant(meter.started_at) if meter.started_at else "",
        "together": pieces,
    }
