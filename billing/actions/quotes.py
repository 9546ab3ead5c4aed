"""Issue a quote in the name of one physician, and take the patient's agreement to it."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings

from audit.facts import NATIONAL, Actor, Json, instant
from audit.law import packs
from audit.law.model import Decision
from billing import money
from billing.actions.releasing import release_others
from billing.actions.steps import in_transaction, note, one_at_a_time, open_book
from billing.models import Acceptance, ConnectedAccount, Leg, Quote
from billing.money.including import included
from billing.money.metering import CAPS_MINUTES
from billing.money.tiers import LIVE
from billing.queries.legs import told
from billing.queries.quotes import (
    earlier,
    honoraires_of,
    in_catalogue,
    still_included,
    terms_of,
)
from billing.rules import cover
from billing.states import Party, Settlement
from consults.queries import report_ways
from consults.queries.record import key_of, recorded


class QuoteUnknown(Exception):
    """No such quote."""

    code = "QUOTE_UNKNOWN"


class QuoteExpired(Exception):
    """The quote is past its term and must be issued again."""

    code = "QUOTE_EXPIRED"


class QuoteAlreadyAccepted(Exception):
    """The quote was accepted before, on other terms."""

    code = "QUOTE_ALREADY_ACCEPTED"


class SettlementUnknown(Exception):
    """The settlement is neither card nor off_platform."""

    code = "SETTLEMENT_UNKNOWN"


class ActNotInCatalogue(Exception):
    """This kind of exchange is not offered on that day, or not by this physician."""

    code = "ACT_NOT_IN_CATALOGUE"


class CapNotSet(Exception):
    """The patient has not set how many minutes this may cost at most."""

    code = "CAP_NOT_SET"


class CapUnfit(Exception):
    """A cap is one of the durations that are offered, on a quote by the minute."""

    code = "CAP_UNFIT"


class NoConnectedAccount(Exception):
    """The physician cannot be paid by card: settle off-platform."""

    code = "NO_CONNECTED_ACCOUNT"


def issue_quote(
    *,
    question_id: UUID,
    subject: UUID,
    physician_id: UUID,
    tier: str,
    settlement: str,
    forecast: Decision,
    actor: Actor,
    now: datetime,
    cap_minutes: int = 0,
    physician_seen_at: datetime | None = None,
) -> Quote:
    """Write an immutable, hashed quote of two lines; both are 0 when the forecast says no.

    By the minute the platform's line is the most it can be: the rate times the cap that the
    patient set, and 0 until they set one. Raises ActNotInCatalogue, CapUnfit.
    """
    in_transaction()
    _known_settlement(settlement)
    quote = _unsaved(
        question_id, physician_id, tier=tier, settlement=settlement, billable=forecast.allowed,
        now=now, cap_minutes=cap_minutes,
    )  # fmt: skip
    quote.subject, quote.physician_seen_at = subject, physician_seen_at
    of = recorded(question_id, physician_id)
    quote.sha256 = money.digest_of(terms_of(quote, of.rpps))
    note(
        type="quote.issued", of=of, actor=actor, now=now,
        data={**terms_of(quote, of.rpps), "sha256": quote.sha256},
        decision=forecast, key=key_of(question_id),
    )  # fmt: skip
    quote.save(force_insert=True)
    return quote


def _unsaved(
    question_id: UUID, physician_id: UUID, *, tier: str, settlement: str, billable: bool,
    now: datetime, cap_minutes: int = 0,
) -> Quote:  # fmt: skip
    """The two lines by the catalogue's line of the tier and the physician's own amounts."""
    schedule, asked = in_catalogue(tier, now), honoraires_of(physician_id, now)
    forfait = tier == money.FORFAIT
    paid_before = earlier(question_id, physician_id) if tier in money.PRICED_AS else []
    paid = included(tier=tier, earlier=paid_before, at=now)
    # What was paid for is owed, even where its physician offers no more of it.
    if schedule is None or (forfait and not asked.forfait_days and not paid):
        raise ActNotInCatalogue
    own_cents = asked.forfait_cents if forfait else asked.cents
    if paid:
        own_cents = 0
    elif tier == money.FOLLOW_UP:  # the included one is used up: this is an act like another
        schedule = in_catalogue(money.PRICED_AS[tier], now)
        if schedule is None:
            raise ActNotInCatalogue
    rate = schedule.platform_cents if tier == LIVE and billable and own_cents else 0
    if cap_minutes and (not rate or cap_minutes not in CAPS_MINUTES):
        raise CapUnfit
    lines = money.lines(
        honoraires_cents=own_cents,
        platform_cents=rate * cap_minutes if rate else schedule.platform_cents,
        billable=billable,
        vat_bps=schedule.vat_bps,
    )
    return Quote(
        id=uuid4(), question=question_id, physician=physician_id, tier=tier,
        schedule=schedule, settlement=settlement, billable=billable,
        honoraires_cents=lines.honoraires_cents, platform_cents=lines.platform_cents,
        platform_vat_cents=lines.platform_vat_cents, vat_bps=schedule.vat_bps,
        answer_within_seconds=schedule.answer_within_seconds,
        per_minute_cents=rate, cap_minutes=cap_minutes,
        period_days=asked.forfait_days if forfait and lines.honoraires_cents else 0,
        report_ways=",".join(report_ways(question_id, now, physician_id).open),
        reimbursement=cover(channel="written", at=now, pack=packs.load()).code, issued_at=now,
        expires_at=now + timedelta(seconds=money.QUOTE_VALID_SECONDS),
    )  # fmt: skip


def accept_quote(
    *, quote_id: UUID, settlement: str, shown_at: datetime, actor: Actor, now: datetime,
    terms_sha256: str = "", begins_at_once: bool = False,
    physician_seen_at: datetime | None = None,
) -> Quote:  # fmt: skip
    """Record the agreement, the terms' hash with it, and make the legs; again changes nothing.

    `begins_at_once`: asked for, in so many words, before the fourteen days are over (L.221-25).
    `physician_seen_at`: in a tier by speed, when their last sign of life before this was.
    """
    in_transaction()
    _known_settlement(settlement)
    quote = Quote.objects.filter(pk=quote_id).first()
    if quote is None:
        raise QuoteUnknown
    of = recorded(quote.question, quote.physician)
    one_at_a_time(name=f"quote {quote_id}")
    for book, scope in (("platform", NATIONAL), (f"dr:{of.rpps}", of.scope)):
        open_book(name=book, scope=scope, actor=actor, now=now)
    before = Acceptance.objects.filter(quote=quote).first()
    if before is not None:
        if before.settlement != settlement:
            raise QuoteAlreadyAccepted
        return quote
    _must_stand(quote, now)
    legs = _legs(quote, settlement, now)
    release_others(quote=quote, reason="requoted", actor=actor, now=now)
    acceptance = Acceptance(
        subject=quote.subject, quote=quote, settlement=settlement,
        shown_at=min(shown_at, now), accepted_at=now, terms_sha256=terms_sha256,
        begins_at_once=begins_at_once,
    )  # fmt: skip
    agreed = _agreed(acceptance, legs, physician_seen_at)
    note(type="quote.accepted", of=of, actor=actor, now=now, data=agreed)
    acceptance.save(force_insert=True)
    Leg.objects.bulk_create(legs)
    return quote


def _agreed(acceptance: Acceptance, legs: list[Leg], seen_at: datetime | None) -> dict[str, Json]:
    """What the entry of an agreement says."""
    return {
        **({"physician_seen_at": instant(seen_at)} if seen_at else {}),
        "quote": str(acceptance.quote_id), "sha256": acceptance.quote.sha256,
        "settlement": acceptance.settlement, "shown_at": instant(acceptance.shown_at),
        "accepted_at": instant(acceptance.accepted_at), "terms_sha256": acceptance.terms_sha256,
        "begins_at_once": acceptance.begins_at_once, "legs": [told(leg) for leg in legs],
    }  # fmt: skip


def _must_stand(quote: Quote, now: datetime) -> None:
    """Refuse a quote past its term, included in what others used up since, or without its cap."""
    if quote.tier in money.PRICED_AS:  # one after another
        one_at_a_time(name=f"included {quote.physician}")
    if now >= quote.expires_at or not still_included(quote):
        raise QuoteExpired
    if quote.per_minute_cents and not quote.cap_minutes:
        raise CapNotSet


def _known_settlement(settlement: str) -> None:
    if settlement not in settings.SETTLEMENTS:
        raise SettlementUnknown


def _legs(quote: Quote, settlement: str, now: datetime) -> list[Leg]:
    legs = []
    if quote.honoraires_cents:
        legs.append(_leg(quote, Party.HONORAIRES, settlement, quote.honoraires_cents, now))
    if quote.platform_cents:
        legs.append(_leg(quote, Party.PLATFORM, Settlement.CARD, quote.platform_cents, now))
    return legs


def _leg(quote: Quote, party: Party, settlement: str, cents: int, now: datetime) -> Leg:
    own = None
    if party is Party.HONORAIRES and settlement == Settlement.CARD:
        own = ConnectedAccount.objects.filter(
            physician=quote.physician, charges_enabled=True, deauthorised_at=None
        ).first()
        if own is None:
            raise NoConnectedAccount
    leg_id, salt = uuid4(), secrets.token_bytes(32)
    return Leg(
        id=leg_id, subject=quote.subject, question=quote.question, quote=quote, party=party,
        settlement=settlement, connected_account=own, amount_cents=cents, salt=salt,
        reference=money.leg_reference(salt=salt, leg=leg_id, amount_cents=cents),
        return_token=secrets.token_urlsafe(32), made_at=now,
    )  # fmt: skip
