"""The operator's catalogue of the platform's fees: a line judged, then offered, or taken out."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit.facts import SYSTEM, Actor
from billing.actions.desk import note_line, publish_schedule, untold_lines
from billing.models import Schedule
from billing.money import TIERS, VAT_BPS
from billing.money.tiers import PER_ACT, PRICED_BY, SWITCHED
from billing.queries.quotes import in_catalogue
from broker.actions.faults import Moved
from broker.actions.judging import Judged, note_offer
from broker.queries.pages import LABELS
from broker.screen import Offer

OFFERABLE = {**TIERS, **SWITCHED}


@dataclass(frozen=True)
class Offered:
    """What became of a line: its judgment, and the line when it may be offered."""

    judged: Judged
    line: Schedule | None


def offer_tier(*, tier: str, platform_cents: int, actor: Actor, now: datetime) -> Offered:
    """Judge a line of the price list and put it into the catalogue, in one transaction.

    A price by speed or minutes is flagged and stays the operator's decision; a line that the
    rules block is recorded and not offered. Raises Moved(ACT_NOT_IN_CATALOGUE) for an unknown
    tier, NotChargeable and AboveCap.
    """
    known = OFFERABLE.get(tier)
    if known is None:
        raise Moved("ACT_NOT_IN_CATALOGUE")
    offer = _line(tier, platform_cents)
    with transaction.atomic(durable=True):
        judged = note_offer(offer=offer, actor=actor, now=now)
        if judged.code:
            return Offered(judged, None)
        line = publish_schedule(
            tier=tier,
            platform_cents=platform_cents,
            vat_bps=VAT_BPS,
            answer_within_seconds=known.answer_within_seconds,
            effective_from=now,
            withdrawn=False,
            offer=judged.decision.id,
            subject=judged.subject,
            actor=actor,
            now=now,
        )
    return Offered(judged, line)


def list_first(*, now: datetime) -> list[Schedule]:
    """Judge and record, once, the lines that a new service begins with."""
    with transaction.atomic(durable=True):
        lines = untold_lines()
        for line in lines:
            judged = note_offer(
                offer=_line(line.tier, line.platform_cents), actor=SYSTEM, now=now,
                subject=line.subject,
            )  # fmt: skip
            assert not judged.code, f"the shipped rules refuse the shipped line {line.tier}"
            note_line(row=line, offer=judged.decision.id, actor=SYSTEM, now=now)
    return lines


def _line(tier: str, platform_cents: int) -> Offer:
    return Offer(
        label=LABELS[tier],
        price_cents=platform_cents,
        pricing_unit=PRICED_BY.get(tier, PER_ACT),
        in_pathway=True,
    )


def take_out(*, tier: str, actor: Actor, now: datetime) -> None:
    """End the offer of a tier from this moment; quotes that were issued stand as they are.

    Raises Moved(ACT_NOT_IN_CATALOGUE) when it is not offered.
    """
    with transaction.atomic(durable=True):
        line = in_catalogue(tier, now)
        if line is None or line.tier != tier:
            raise Moved("ACT_NOT_IN_CATALOGUE")
        publish_schedule(
            tier=tier,
            platform_cents=line.platform_cents,
            vat_bps=line.vat_bps,
            answer_within_seconds=line.answer_within_seconds,
            effective_from=now,
            withdrawn=True,
            actor=actor,
            now=now,
        )
