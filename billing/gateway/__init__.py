"""The only module that calls Stripe: one function a call, typed values in and out.

`account` is a connected account's id for honoraires, "" for the platform. No call knows both
parties, so nothing on the wire can join them; the library's telemetry is off because its header
carries the id of the thread's previous request, which may be the other party's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.gateway import balances
from billing.gateway.accounts import Account, create_account, onboarding_url, retrieve_account
from billing.gateway.client import GONE, Refused, Unreachable, line, options, translated
from billing.gateway.hooks import BadSignature, Event, FutureSignature, NotAnEvent, verified
from billing.money import CURRENCY
from billing.states.seen import Disputed, Moved, Returned, Seen

__all__ = [
    "GONE",
    "Account",
    "BadSignature",
    "Event",
    "FutureSignature",
    "NotAnEvent",
    "Refused",
    "Session",
    "Unreachable",
    "balance",
    "balance_lines",
    "cancel",
    "capture",
    "create_account",
    "disputes",
    "expire",
    "onboarding_url",
    "open_session",
    "refund",
    "refunds",
    "retrieve_account",
    "seen",
    "session_is_open",
    "verified",
]


@dataclass(frozen=True)
class Session:
    """A hosted page that was made."""

    id: str
    url: str


def open_session(
    *, account: str, amount_cents: int, name: str, reference: str, success_url: str,
    cancel_url: str, key: str,
) -> Session:  # fmt: skip
    """Make a hosted page that holds one amount for one party, to be captured later or never."""
    with translated():
        made = line().v1.checkout.sessions.create(
            {
                "mode": "payment",
                "locale": "fr",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": CURRENCY,
                            "unit_amount": amount_cents,
                            "product_data": {"name": name},
                        },
                    }
                ],
                "payment_intent_data": {
                    "capture_method": "manual",
                    "metadata": {"reference": reference},
                },
                "metadata": {"reference": reference},
                "success_url": success_url,
                "cancel_url": cancel_url,
            },
            options(account, key),
        )
    return Session(made.id, made.url or "")


def seen(*, account: str, session: str, intent: str) -> Seen:
    """Fetch what stands at Stripe for a leg, with the leg's own account.

    `session` is left out once a hold stood: from then on the PaymentIntent says everything.
    """
    status = ""
    with translated():
        if session:
            found = line().v1.checkout.sessions.retrieve(session, {}, options(account))
            status = found.status or ""
            intent = intent or _id_of(found.payment_intent)
        if not intent:
            return Seen(session_status=status)
        return _pictured(
            line().v1.payment_intents.retrieve(
                intent, {"expand": ["latest_charge.balance_transaction"]}, options(account)
            ),
            status,
        )


def session_is_open(*, account: str, session: str) -> bool:
    """Whether the hosted page can still take a card."""
    with translated():
        found = line().v1.checkout.sessions.retrieve(session, {}, options(account))
    return bool(found.status == "open")


def capture(*, account: str, intent: str, amount_cents: int, key: str) -> None:
    """Take the held money; what happened is read by fetching, not from this answer."""
    with translated():
        line().v1.payment_intents.capture(
            intent, {"amount_to_capture": amount_cents}, options(account, key)
        )


def cancel(*, account: str, intent: str, key: str) -> None:
    """Give a hold back."""
    with translated():
        line().v1.payment_intents.cancel(intent, {}, options(account, key))


def expire(*, account: str, session: str, key: str) -> None:
    """Close a hosted page on which no hold stands; Stripe asks this instead of a cancel."""
    with translated():
        line().v1.checkout.sessions.expire(session, {}, options(account, f"{key}-page"))


def refund(*, account: str, intent: str, amount_cents: int, reference: str, key: str) -> None:
    """Give taken money back from the party's own account; what happened is read by fetching."""
    with translated():
        line().v1.refunds.create(
            {
                "payment_intent": intent,
                "amount": amount_cents,
                "metadata": {"reference": reference},
            },
            options(account, key),
        )


def refunds(*, account: str, intent: str) -> list[Returned]:
    """Every refund of a payment, whoever asked for it, the oldest first."""
    with translated():
        found = line().v1.refunds.list({"payment_intent": intent, "limit": 100}, options(account))
    return [
        Returned(
            one.id, getattr(one.metadata, "reference", ""), one.status or "", one.amount,
            _id_of(one.balance_transaction),
        )
        for one in reversed(found.data)
    ]  # fmt: skip


def disputes(*, account: str, intent: str) -> list[Disputed]:
    """Every dispute about a payment, the oldest first."""
    with translated():
        return balances.disputes_of(line(), options(account), intent)


def balance(*, account: str) -> int:
    """What stands on an account's balance, in cents."""
    with translated():
        return balances.balance_of(line(), options(account))


def balance_lines(*, account: str, since: datetime) -> list[Moved]:
    """The lines of an account's balance since then, the oldest first."""
    with translated():
        return balances.lines_of(line(), options(account), since)


def _id_of(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value.id)


def _pictured(intent: Any, session_status: str) -> Seen:
    charge = intent.latest_charge
    moved = getattr(charge, "balance_transaction", None) if charge else None
    card = getattr(getattr(charge, "payment_method_details", None), "card", None)
    before = getattr(card, "capture_before", None)
    refused = intent.last_payment_error
    return Seen(
        session_status=session_status,
        intent=intent.id,
        intent_status=intent.status,
        amount_cents=intent.amount,
        capturable_cents=intent.amount_capturable or 0,
        received_cents=intent.amount_received or 0,
        refused_code=(getattr(refused, "code", None) or "refused") if refused else "",
        cancellation_reason=intent.cancellation_reason or "",
        charge=_id_of(charge),
        capture_before=datetime.fromtimestamp(before, UTC) if before else None,
        transaction=_id_of(moved),
        stripe_fee_cents=getattr(moved, "fee", 0) or 0,
        livemode=bool(intent.livemode),
    )
