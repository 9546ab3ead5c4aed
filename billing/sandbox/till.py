"""What happens to a card: holds, captures, cancellations, and the events that tell of them."""

from typing import Any

from stripe._api_version import _ApiVersion

from billing.sandbox import shapes
from billing.sandbox.store import PLATFORM, Object, Store

SESSION_OF = "sandbox.session_of"  # from a PaymentIntent back to its session
CARD_OF = "sandbox.card_of"  # from a charge to the number that was typed
Refusal = tuple[str, str]  # Stripe's code, and its sentence
DECLINED: Refusal = ("card_declined", "Your card was declined.")
NOT_STRONG: Refusal = (
    "payment_intent_authentication_failure",
    "The provided payment method has failed authentication.",
)


class Wrong(Exception):
    """A call that the state of the object does not allow."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def tell(store: Store, universe: str, kind: str, subject: Object) -> None:
    """Write an event and put its webhook in the post, as the planned faults have it."""
    endpoint = "accounts" if universe != PLATFORM else "platform"
    event = shapes.event(
        store.now(), kind, subject, universe, 1, _ApiVersion.CURRENT
    )  # fmt: skip
    store.save(universe, event)
    fault = store.strike(("webhook_lost", "webhook_doubled", "webhook_reordered"), kind)
    if fault and fault[0] == "webhook_lost":
        return
    store.post(endpoint, event, delay=fault[1] if fault and fault[0] == "webhook_reordered" else 0)
    if fault and fault[0] == "webhook_doubled":
        store.post(endpoint, event)


def _intent_of(store: Store, universe: str, session: Object, data: dict[str, Any]) -> Object:
    known = session["payment_intent"] and store.load(
        universe, session["payment_intent"], "payment_intent"
    )
    if known:
        return dict(known)
    # As at Stripe, the PaymentIntent of a session exists from the first card on.
    made = shapes.intent(store.now(), session["amount_total"], data)
    session["payment_intent"] = made["id"]
    store.save(universe, session, due=session["expires_at"])
    store.save(
        universe,
        {"id": f"{made['id']}#session", "object": SESSION_OF, "session": session["id"]},
    )
    return store.save(universe, made)


def present_card(
    store: Store, universe: str, session: Object, data: dict[str, Any], number: str
) -> str:
    """Try a card on an open session: `held`, `declined` or `strong` (3-D Secure comes next)."""
    intent = _intent_of(store, universe, session, data)
    if number == shapes.DECLINED:
        _refused(store, universe, intent, DECLINED)
        return "declined"
    if number == shapes.STRONG:
        intent.update(
            status="requires_action",
            last_payment_error=None,
            next_action={
                "type": "redirect_to_url",
                "redirect_to_url": {
                    "return_url": session["success_url"],
                    "url": session["url"].replace("/c/pay/", "/c/3ds/"),
                },
            },
        )
        store.save(universe, intent)
        tell(store, universe, "payment_intent.requires_action", intent)
        return "strong"
    _held(store, universe, session, intent)
    card = {"id": f"{intent['latest_charge']}#card", "object": CARD_OF, "number": number}
    store.save(universe, card)
    return "held"


def strong(store: Store, universe: str, session: Object, *, proven: bool) -> None:
    """End of 3-D Secure: the bank knows the person, or does not."""
    intent = store.load(universe, session["payment_intent"], "payment_intent")
    assert intent is not None
    if intent["status"] != "requires_action":
        return
    if proven:
        _held(store, universe, session, intent)
    else:
        _refused(store, universe, intent, NOT_STRONG)


def _refused(store: Store, universe: str, intent: Object, refusal: Refusal) -> None:
    code, sentence = refusal
    intent.update(
        status="requires_payment_method",
        next_action=None,
        last_payment_error={"type": "card_error", "code": code, "message": sentence},
    )
    store.save(universe, intent)
    tell(store, universe, "payment_intent.payment_failed", intent)


def _held(store: Store, universe: str, session: Object, intent: Object) -> None:
    made = store.save(universe, shapes.charge(store.now(), intent))
    manual = intent["capture_method"] == "manual"
    intent.update(
        status="requires_capture", amount_capturable=intent["amount"], latest_charge=made["id"],
        next_action=None, last_payment_error=None,
    )  # fmt: skip
    store.save(universe, intent, due=made["payment_method_details"]["card"]["capture_before"])
    session.update(status="complete", payment_status="unpaid" if manual else "paid", url=None)
    store.save(universe, session)
    tell(store, universe, "payment_intent.amount_capturable_updated", intent)
    tell(store, universe, "checkout.session.completed", session)
    if not manual:
        capture(store, universe, intent, None)


def capture(store: Store, universe: str, intent: Object, amount: int | None) -> Object:
    """Take held money, all or part of it; the rest goes back."""
    if intent["status"] != "requires_capture":
        raise Wrong(
            "payment_intent_unexpected_state",
            "This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may "
            "be captured: requires_capture.",
        )
    taken = intent["amount"] if amount is None else amount
    if not 0 < taken <= intent["amount_capturable"]:
        raise Wrong("amount_too_large", "The amount to capture is larger than what is held.")
    held = store.load(universe, intent["latest_charge"], "charge")
    assert held is not None
    moved = store.save(universe, shapes.transaction(store.now(), held, taken))
    held.update(captured=True, amount_captured=taken, balance_transaction=moved["id"])
    store.save(universe, held)
    intent.update(status="succeeded", amount_capturable=0, amount_received=taken)
    store.save(universe, intent)
    tell(store, universe, "charge.captured", held)
    tell(store, universe, "payment_intent.succeeded", intent)
    return intent


def cancel(store: Store, universe: str, intent: Object, reason: str | None) -> Object:
    """Give a hold back, or end an intent that never had one."""
    if intent["status"] in ("succeeded", "canceled"):
        raise Wrong(
            "payment_intent_unexpected_state",
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
        )
    intent.update(
        status="canceled", amount_capturable=0, canceled_at=store.now(),
        cancellation_reason=reason, next_action=None,
    )  # fmt: skip
    store.save(universe, intent)
    tell(store, universe, "payment_intent.canceled", intent)
    return intent


def expire(store: Store, universe: str, session: Object) -> Object:
    """End an open session; an intent that it made is canceled with it."""
    if session["status"] != "open":
        raise Wrong(
            "checkout_session_not_open",
            'Only Checkout Sessions with a status in ["open"] can be expired.',
        )
    session.update(status="expired", url=None)
    store.save(universe, session)
    intent = session["payment_intent"] and store.load(
        universe, session["payment_intent"], "payment_intent"
    )
    if intent:
        cancel(store, universe, intent, "abandoned")
    tell(store, universe, "checkout.session.expired", session)
    return session
