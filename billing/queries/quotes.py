"""Quotes, legs, readiness, and the facts on a fee that the gate reads."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from audit.facts import Json, instant
from audit.law.model import Fact
from billing import money
from billing.models import (
    Acceptance,
    FeeQuestion,
    GatePass,
    Honoraires,
    Leg,
    Quote,
    Receipt,
    Schedule,
)
from billing.money import PRICED_AS
from billing.money.including import Earlier, included
from billing.states import PAID, TAKEN, LegState, Party, Settlement
from consults.queries.record import recorded, siblings


def quote_of(question_id: UUID) -> Quote | None:
    """The newest quote of a question."""
    return Quote.objects.filter(question=question_id).order_by("-issued_at").first()


def terms_accepted(question_ids: Collection[UUID]) -> list[tuple[datetime, str]]:
    """When terms of use were accepted with the quotes of these questions, and their hash."""
    agreed = Acceptance.objects.filter(quote__question__in=question_ids).exclude(terms_sha256="")
    return list(agreed.order_by("-accepted_at").values_list("accepted_at", "terms_sha256"))


def accepted_terms(question_ids: Collection[UUID], sha256: str) -> bool:
    """Whether terms of that hash were accepted with a quote of one of these questions."""
    agreed = Acceptance.objects.filter(quote__question__in=question_ids)
    return agreed.filter(terms_sha256=sha256).exists()


def acceptance_of(question_id: UUID) -> Acceptance | None:
    """The patient's newest agreement on a question, with its quote."""
    return (
        Acceptance.objects.filter(quote__question=question_id)
        .select_related("quote")
        .order_by("-accepted_at")
        .first()
    )


def legs_of(question_id: UUID) -> list[Leg]:
    """The legs of the newest accepted quote: honoraires first, then the platform's."""
    accepted = acceptance_of(question_id)
    if accepted is None:
        return []
    legs = Leg.objects.filter(quote_id=accepted.quote_id).select_related("quote")
    return list(legs.order_by("party"))


def honoraires_of(physician_id: UUID, at: datetime) -> Honoraires:
    """What this physician asks at that instant; an unsaved row of zeros when nothing was set."""
    row = (
        Honoraires.objects.filter(physician=physician_id, set_at__lte=at)
        .order_by("-set_at")
        .first()
    )
    return row or Honoraires(physician=physician_id, cents=0)


def in_catalogue(tier: str, at: datetime) -> Schedule | None:
    """The line of the platform's catalogue under which a tier is offered then, if it is."""
    lines = Schedule.objects.filter(effective_from__lte=at).order_by("-version")
    line = lines.filter(tier=tier).first() or lines.filter(tier=PRICED_AS.get(tier, "")).first()
    return None if line is None or line.withdrawn else line


def earlier(question_id: UUID, physician_id: UUID, *, and_this: bool = False) -> list[Earlier]:
    """What the patient of a question agreed with this physician before, and what became of it."""
    others = {one.question_id: one.unanswered for one in siblings(question_id)}
    others |= {question_id: False} if and_this else {}
    agreed = Acceptance.objects.filter(
        quote__question__in=others, quote__physician=physician_id
    ).select_related("quote")
    paid = _paid_quotes(others)
    return [
        Earlier(
            tier=one.quote.tier,
            agreed_at=one.accepted_at,
            charged_cents=one.quote.honoraires_cents if one.quote_id in paid else 0,
            period_days=one.quote.period_days,
            ended_unanswered=others[one.quote.question],
        )
        for one in agreed
    ]


def follow_up_until(question_id: UUID, at: datetime) -> datetime | None:
    """Until when the patient may ask on, for nothing more, after this exchange; None for no."""
    accepted = acceptance_of(question_id)
    if accepted is None or in_catalogue(money.FOLLOW_UP, at) is None:
        return None
    known = earlier(question_id, accepted.quote.physician, and_this=True)
    if not included(tier=money.FOLLOW_UP, earlier=known, at=at):
        return None
    paid = max(one.agreed_at for one in known if one.charged_cents)
    own = _paid_quotes([question_id])
    return paid + timedelta(days=money.FOLLOW_UP_DAYS) if own else None


def _paid_quotes(question_ids: Iterable[UUID]) -> set[UUID]:
    """Quotes whose gate passed and whose honoraires are with the physician, or on their way.

    What was given back, contested, lost or never held pays for nothing that is free beside it.
    """
    passed = GatePass.objects.filter(question__in=question_ids).values("quote_id")
    paid = Leg.objects.filter(party=Party.HONORAIRES, state__in=PAID, quote_id__in=passed)
    return set(paid.values_list("quote_id", flat=True))


def in_forfait(question_id: UUID, physician_id: UUID, at: datetime) -> bool:
    """Whether a forfait that was paid to this physician covers what is asked then."""
    return included(tier=money.FORFAIT, earlier=earlier(question_id, physician_id), at=at)


def paid_by_another(quote: Quote, agreed_at: datetime) -> bool:
    """Whether another exchange, paid since this one was agreed at a price, includes it."""
    if quote.tier not in PRICED_AS or not quote.honoraires_cents:
        return False
    before = earlier(quote.question, quote.physician)
    return included(tier=quote.tier, earlier=before, at=agreed_at)


def still_included(quote: Quote) -> bool:
    """Whether what costs nothing as part of a paid exchange was not used up by another since."""
    if quote.tier not in PRICED_AS or quote.honoraires_cents or not quote.billable:
        return True
    asked = honoraires_of(quote.physician, quote.issued_at)
    if not (asked.forfait_cents if quote.tier == money.FORFAIT else asked.cents):
        return True
    before = earlier(quote.question, quote.physician)
    return included(tier=quote.tier, earlier=before, at=quote.issued_at)


def ready(question_id: UUID) -> bool:
    """Accepted, and every payment by card holds (off-platform honoraires need no hold)."""
    return bool(ready_among([question_id]))


def ready_among(question_ids: Iterable[UUID]) -> list[UUID]:
    """Those of these questions that are ready, in two queries however many they are."""
    newest = (
        Acceptance.objects.filter(quote__question__in=question_ids)
        .order_by("quote__question", "-accepted_at")
        .distinct("quote__question")
    )
    accepted = dict(newest.values_list("quote__question", "quote_id"))
    unheld = set(
        Leg.objects.filter(quote_id__in=accepted.values(), settlement=Settlement.CARD)
        .exclude(state__in=[LegState.AUTHORISED, LegState.CAPTURING, *TAKEN])
        .values_list("quote_id", flat=True)
    )
    return [question for question, quote in accepted.items() if quote not in unheld]


def held_until(question_id: UUID) -> datetime | None:
    """When the first hold is given back unless the other joins it; None where none stands."""
    held = [leg.authorised_at for leg in legs_of(question_id) if leg.state == LegState.AUTHORISED]
    stood = min((at for at in held if at is not None), default=None)
    return stood and stood + timedelta(seconds=money.LONE_HOLD_SECONDS)


def quote_lapsed(question_id: UUID, now: datetime) -> bool:
    """Whether the newest quote ran out before its payments stood."""
    quote = quote_of(question_id)
    return quote is not None and quote.expires_at <= now and not ready(question_id)


def terms_of(quote: Quote, rpps: str) -> dict[str, Json]:
    """The terms of a quote as hashed and as recorded; there is no total among them."""
    seen_at = quote.physician_seen_at
    ways: list[Json] = [*quote.report_ways.split(",")] if quote.report_ways else []
    return {
        **({"report_ways": ways} if ways else {}),
        "quote": str(quote.id),
        "physician_rpps": rpps,
        "tier": quote.tier,
        "settlement": quote.settlement,
        "billable": quote.billable,
        "honoraires_cents": quote.honoraires_cents,
        "platform_cents": quote.platform_cents,
        "platform_vat_cents": quote.platform_vat_cents,
        "vat_bps": quote.vat_bps,
        "answer_within_seconds": quote.answer_within_seconds,
        **({"period_days": quote.period_days} if quote.period_days else {}),
        **({"physician_seen_at": instant(seen_at)} if seen_at else {}),
        **(
            {"per_minute_cents": quote.per_minute_cents, "cap_minutes": quote.cap_minutes}
            if quote.per_minute_cents
            else {}
        ),
        "reimbursement": quote.reimbursement,
        "issued_at": instant(quote.issued_at),
        "expires_at": instant(quote.expires_at),
    }


def fee_facts(question_id: UUID) -> dict[str, Fact]:
    """Facts on the fee of a question, for the gate; without an agreement, the fee was not told."""
    accepted = acceptance_of(question_id)
    if accepted is None:
        return {"fee_amount_shown": Fact(False, "system")}
    quote, legs = accepted.quote, legs_of(question_id)
    paid = [leg for leg in legs if leg.state in {*TAKEN, LegState.ACQUITTED}]
    taken = [leg for leg in paid if not leg.elsewhere]
    asked = FeeQuestion.objects.filter(question=question_id)
    papers = Receipt.objects.filter(leg__in=[leg.id for leg in taken], kind="receipt").count()
    known: dict[str, bool | int] = {
        "fee_amount_shown": True,
        "physician_fee_cents": quote.honoraires_cents,
        "fee_review_threshold_cents": money.FEE_REVIEW_THRESHOLD_CENTS,
        "platform_fee_cents": quote.platform_cents,
        "platform_fee_has_own_vat_line": quote.platform_cents == 0 or quote.vat_bps > 0,
        "vat_on_physician_fee_bps": 0,
        "charge_equals_quote": equals_quote(quote, legs),
        "fee_beneficiary_physicians": 1 if quote.honoraires_cents else 0,
        "r4127_94_association": False,
        "written_quote_given": True,
        "payment_captured": bool(taken),
        "fee_question_asked": asked.exists(),
        "fee_question_answered": not asked.filter(answered_at=None).exists(),
        "receipt_issued": bool(taken) and papers == len(taken),
        # Whoever asks here by card pays the platform too: said as it is, the rule flags it.
        "non_care_line_required_to_get_care": quote.platform_cents > 0,
    }
    proof = f"quote:{quote.sha256}"
    return {
        **{name: Fact(value, "system", proof) for name, value in known.items()},
        "fee_shown_at": Fact(instant(accepted.shown_at), "system", proof),
        "patient_accepted_fee_at": Fact(instant(accepted.accepted_at), "patient", proof),
    }


def equals_quote(quote: Quote, legs: list[Leg]) -> bool:
    """Whether what would be charged is what was quoted: hash, physician, and line by line."""
    of = recorded(quote.question)
    wanted = {
        Party.HONORAIRES: quote.honoraires_cents,
        Party.PLATFORM: quote.platform_cents,
    }
    return (
        of.physician_id == quote.physician
        and money.digest_of(terms_of(quote, of.rpps)) == quote.sha256
        and {Party(leg.party): leg.amount_cents for leg in legs}
        == {party: cents for party, cents in wanted.items() if cents}
        and all(leg.quote_id == quote.id for leg in legs)
    )
