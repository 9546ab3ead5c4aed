"""Reads of the money: quotes, legs, readiness, fee facts, books, papers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.law.model import Fact
from billing.models import Acceptance, Leg, Quote, Receipt


def quote_of(question_id: UUID) -> Quote | None:
    """The newest quote of a question."""
    return Quote.objects.filter(question=question_id).order_by("-issued_at").first()


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
    return list(Leg.objects.filter(quote=accepted.quote).order_by("party"))


def ready(question_id: UUID) -> bool:
    """Accepted, and every payment by card holds (off-platform honoraires need no hold)."""
    raise NotImplementedError


def fee_facts(question_id: UUID) -> dict[str, Fact]:
    """Facts on the fee of a question, for the gate."""
    raise NotImplementedError


def books(at: datetime | None = None) -> list[Mapping[str, Any]]:
    """Each book with its accounts, balances and sum (always 0), as of an instant."""
    raise NotImplementedError


def receipts_of(question_id: UUID) -> list[Receipt]:
    """Receipts issued for a question."""
    return list(Receipt.objects.filter(question=question_id).order_by("issued_at"))


def money_view(question_id: UUID) -> dict[str, Any]:
    """Everything a page shows of a question's money, in plain values."""
    raise NotImplementedError
