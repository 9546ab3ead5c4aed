"""What patients are still to be told by mail: an order, a withdrawal, honoraires that are due."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from billing.models import Acceptance, Confirmation, Leg, Reminder
from billing.queries import money_view
from billing.queries.due import to_remind
from broker.models import PublicText
from consults.models import Question
from consults.states import WITHDRAWN

# What is older was told, or was never to be: a service that begins tells nobody of its past.
TOLD_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a patient reads their mail, and in which language."""

    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Contract:
    """An agreement to tell of: its amounts, its terms, when it was made and when it ended."""

    quote: UUID
    question: UUID
    to: Address
    at: datetime
    ended_at: datetime | None
    own_cents: int
    fee_cents: int
    vat_cents: int
    by_card: bool
    answer_within_seconds: int
    metered: bool
    begins_at_once: bool
    sha256: str
    terms: str


def orders_untold(now: datetime, limit: int, but: Iterable[UUID] = ()) -> list[Contract]:
    """Agreements with something to pay whose confirmation has not left, but for those quotes."""
    agreed = _untold("order", but, accepted_at__gt=now - TOLD_WITHIN)
    return _contracts(agreed[:limit])


def withdrawals_untold(now: datetime, limit: int, but: Iterable[UUID] = ()) -> list[Contract]:
    """Agreements that their patient has withdrawn from, and has not been told so."""
    gone = Question.objects.filter(state=WITHDRAWN, closed_at__gt=now - TOLD_WITHIN)
    agreed = _untold("withdrawal", but, quote__question__in=gone.values("id"))
    return _contracts(agreed[:limit])


@dataclass(frozen=True, slots=True)
class Owed:
    """A payment due at a practice, the bound in days that it passed, and what the rest costs."""

    leg: UUID
    days: int
    to: Address
    own_cents: int
    fee_cents: int


def reminders(now: datetime, limit: int, but: Collection[UUID] = ()) -> list[Owed]:
    """Payments due at a practice whose patients are to be reminded of them now."""
    due = {leg: days for leg, days in to_remind(now) if leg not in but}
    legs = Leg.objects.filter(pk__in=due).values_list("id", "question", "amount_cents")
    to = addresses(question for _, question, _ in legs)
    # Whose account is closed has no address: they are left out before the rest is counted off.
    told = [one for one in legs if one[1] in to][:limit]
    return [
        Owed(leg, due[leg], to[its], cents, money_view(its)["legs_kept_cents"] - cents)
        for leg, its, cents in told
    ]


def confirmed(quote: UUID, kind: str) -> bool:
    """Whether this contract, or its end, was confirmed already."""
    return Confirmation.objects.filter(quote=quote, kind=kind).exists()


def reminded(leg: UUID, days: int) -> bool:
    """Whether this payment's patient was reminded at this bound already."""
    return Reminder.objects.filter(leg=leg, days=days).exists()


def addresses(question_ids: Iterable[UUID]) -> dict[UUID, Address]:
    """Where the people behind these questions read their mail; a closed account has nowhere."""
    rows = Question.objects.filter(pk__in=list(question_ids), patient__account__is_active=True)
    said = rows.values_list("id", "patient__account__email", "patient__account__language")
    return {question: Address(email, language) for question, email, language in said}


def _untold(kind: str, but: Iterable[UUID], **of: object) -> QuerySet[Acceptance]:
    told = Confirmation.objects.filter(quote=OuterRef("quote_id"), kind=kind)
    open_to_mail = Question.objects.filter(
        pk=OuterRef("quote__question"), patient__account__is_active=True
    )
    owed = Leg.objects.filter(quote=OuterRef("quote_id"))
    agreed = Acceptance.objects.filter(~Exists(told), Exists(owed), Exists(open_to_mail), **of)
    return agreed.exclude(quote__in=[*but]).select_related("quote").order_by("accepted_at")


def _contracts(agreed: Iterable[Acceptance]) -> list[Contract]:
    rows = list(agreed)
    to = addresses(one.quote.question for one in rows)
    ids = [one.quote.question for one in rows]
    ended = dict(Question.objects.filter(pk__in=ids).values_list("id", "closed_at"))
    texts = PublicText.objects.filter(sha256__in=[one.terms_sha256 for one in rows])
    terms = dict(texts.values_list("sha256", "body"))
    return [
        Contract(
            quote=one.quote_id, question=one.quote.question, to=to[one.quote.question],
            at=one.accepted_at, ended_at=ended[one.quote.question],
            own_cents=one.quote.honoraires_cents, fee_cents=one.quote.platform_cents,
            vat_cents=one.quote.platform_vat_cents, by_card=one.settlement == "card",
            answer_within_seconds=one.quote.answer_within_seconds,
            metered=one.quote.per_minute_cents > 0, begins_at_once=one.begins_at_once,
            sha256=one.quote.sha256,
            terms=terms.get(one.terms_sha256, ""),
        )
        for one in rows
        if one.quote.question in to
    ]  # fmt: skip
