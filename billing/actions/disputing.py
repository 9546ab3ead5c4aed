"""A payment that was taken is contested: what a fetch showed becomes rows, state and an entry."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.facts import SYSTEM, Json
from billing import money
from billing.actions.steps import (
    EXPLAINED,
    explained,
    in_transaction,
    locked_leg,
    note,
    posted,
)
from billing.models import Dispute, Journal, Leg
from billing.queries.legs import kind_of, of_leg, told
from billing.states import after_disputes, after_refunds
from billing.states.seen import LOST, Disputed
from consults.queries.record import Recorded


def project_disputes(*, leg_id: UUID, found: Sequence[Disputed], now: datetime) -> Leg:
    """Write what a fetch showed of a payment's disputes; what is known changes nothing.

    The other party's payment is not touched: a bank contests one of the two.
    """
    in_transaction()
    leg = locked_leg(leg_id=leg_id)
    if _is_older(leg, found):
        return leg
    of = of_leg(leg)
    for number, one in enumerate(found, 1):
        _written(leg, of, one, [*found[:number], *_unchanged(found[number:])], now)
    return leg


def _is_older(leg: Leg, found: Sequence[Disputed]) -> bool:
    """Whether this was fetched before what is written: its word is not the bank's last.

    A loss moves nothing: who sees it open still, without a move since, looked before it.
    """
    written = Journal.objects.filter(
        question=leg.question, leg=leg.id, event__in=["disputed", "dispute_won"]
    ).values_list("source", flat=True)
    known = {source.removesuffix(EXPLAINED) for source in written}
    if not known <= {move.id for one in found for move in one.moves}:
        return True
    lost = set(
        Dispute.objects.filter(leg=leg, status=LOST).values_list("stripe_dispute", flat=True)
    )
    return any(
        one.open and one.id in lost and {move.id for move in one.moves} <= known for one in found
    )


def _unchanged(found: Sequence[Disputed]) -> list[Disputed]:
    """Those whose state is written already: they count for the payment as they are."""
    known = dict(
        Dispute.objects.filter(stripe_dispute__in=[one.id for one in found])
        .values_list("stripe_dispute", "status")
    )  # fmt: skip
    return [one for one in found if known.get(one.id) == one.status]


def _written(
    leg: Leg, of: Recorded, one: Disputed, standing_so: Sequence[Disputed], now: datetime
) -> None:
    known = Dispute.objects.filter(stripe_dispute=one.id).first()
    rows, before = _rows(leg, of, one, now), leg.lost_cents
    leg.lost_cents = sum(each.lost_cents for each in standing_so)
    told_of = known is not None and known.status == one.status
    if told_of and not rows and leg.lost_cents == before:
        return
    standing = after_refunds(
        captured_cents=leg.captured_cents, refunded_cents=leg.refunded_cents,
        lost_cents=leg.lost_cents, elsewhere=leg.elsewhere,
    )  # fmt: skip
    leg.state = after_disputes(standing, standing_so)
    note(
        type="leg.dispute-closed" if one.closed else "leg.disputed", of=of, actor=SYSTEM, now=now,
        data=told(
            leg, dispute=one.id, status=one.status, dispute_cents=one.cents, journal=rows
        ),
    )  # fmt: skip
    if known is None:
        Dispute.objects.create(
            subject=leg.subject, leg=leg, stripe_dispute=one.id, amount_cents=one.cents,
            status=one.status, seen_at=now, changed_at=now,
        )  # fmt: skip
    else:
        known.status, known.changed_at = one.status, now
        known.save(update_fields=["status", "changed_at"])
    leg.save(update_fields=["state", "lost_cents"])


def _rows(leg: Leg, of: Recorded, one: Disputed, now: datetime) -> list[Json]:
    """The rows of each move of the balance that is not written yet, and of a loss or its end."""
    kind = kind_of(leg)
    rows: list[Json] = []
    for move in one.moves:
        sources = [move.id, move.id + EXPLAINED]
        if not Journal.objects.filter(source__in=sources, leg=leg.id).exists():
            postings = money.dispute_moved(kind, move.cents, move.fee_cents)
            rows += explained(leg=leg, of=of, postings=postings, source=move.id, now=now)
    return rows + _decided(leg, of, one, now)


def _decided(leg: Leg, of: Recorded, one: Disputed, now: datetime) -> list[Json]:
    """The row that brings what is written as lost to what is: a bank may decide more than once."""
    source = f"{one.id}:lost"
    before = [
        row.amount_cents if row.event == "dispute_lost" else -row.amount_cents
        for row in Journal.objects.filter(
            question=leg.question, leg=leg.id, source__startswith=source
        )
    ]
    if before:
        source += f":{len(before) + 1}"
    postings = money.dispute_lost(kind_of(leg), one.lost_cents - sum(before))
    return posted(leg=leg, of=of, postings=postings, source=source, now=now)
