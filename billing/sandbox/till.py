"""What happens to a card: holds, captures, cancellations, and the events that tell of them."""

from typing import Any

from stripe._api_version import _ApiVersion

from billing.money import MINIMUM_CARD_CENTS
from billing.sandbox import faults, shapes
from billing.sandbox.store import PLATFORM, Object, Store

SESSION_OF = "sandbox.session_of"  # from a PaymentIntent back to its session
CARD_OF = "sandbox.card_of"  # from a charge to the number that was typed
LAPSED = "expired"  # why Stripe itself cancels; before 2025-03-31 it said `automatic`
Refusal = tuple[str, str]  # Stripe's code, and its sentence
DECLINED: Refusal = ("card_declined", "Your card was declined.")
ABSENT: Refusal = (
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
NOT_STRONG: Refusal = (
    "payment_intent_authentication_failure",
    "The provided payment method has failed authentication.",
)


class Wrong(Exception):
    """A call that the state of the object does not allow."""

    def __init__(
        self, code: str | None, message: str, *, parameter: str | None = None,
        about: Object | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.code, self.message = code, message
        self.parameter, self.about = parameter, about


class Declined(Exception):
    """A card that its bank refused, answered to the program that tried it."""

    def __init__(self, refusal: Refusal, intent: Object) -> None:
        super().__init__(refusal[0])
        self.code, self.message = refusal
        self.intent = intent


def tell(store: Store, universe: str, kind: str, subject: Object) -> None:
    """Write an event and put its webhook in the post, as the planned faults have it."""
    endpoint = "accounts" if universe != PLATFORM else "platform"
    event = shapes.event(
        store.now(), kind, subject, universe, 1, _ApiVersion.CURRENT
    )  # fmt: skip
    store.save(universe, event)
    fault = faults.strike(store, faults.WEBHOOKS, kind, universe)
    met = fault.kind if fault else ""
    if fault and met == "webhook_late":
        store.post(endpoint, event, delay=fault.seconds)
    elif met != "webhook_lost":
        store.post(endpoint, event, behind=met == "webhook_reordered")
    if met == "webhook_doubled":
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
        _refused(store, universe, intent, DECLINED, number)
        return "declined"
    if number == shapes.STRONG:
        strong_page = session["url"].replace("/c/pay/", "/c/3ds/")
        _must_prove(store, universe, intent, strong_page, session["success_url"])
        return "strong"
    _complete(store, universe, session, intent, number)
    return "held"


def authorise(
    store: Store, universe: str, intent: Object, number: str, *, off_session: bool,
    return_url: str | None,
) -> Object:  # fmt: skip
    """Try the card of a payment that has no hosted page; raises `Declined`."""
    if number == shapes.DECLINED:
        _refused(store, universe, intent, DECLINED, number)
        raise Declined(DECLINED, intent)
    if number == shapes.STRONG and off_session:
        _refused(store, universe, intent, ABSENT, number)
        raise Declined(ABSENT, intent)
    if number == shapes.STRONG:
        _must_prove(store, universe, intent, "https://hooks.stripe.com/redirect", return_url)
    else:
        _held(store, universe, intent, number)
    return intent


def strong(store: Store, universe: str, session: Object, *, proven: bool) -> None:
    """End of 3-D Secure: the bank knows the person, or does not."""
    intent = store.load(universe, session["payment_intent"], "payment_intent")
    assert intent is not None
    if intent["status"] != "requires_action":
        return
    if proven:
        _complete(store, universe, session, intent, shapes.STRONG)
    else:
        _refused(store, universe, intent, NOT_STRONG, "")


def _must_prove(
    store: Store, universe: str, intent: Object, page: str, return_url: str | None
) -> None:
    intent.update(
        status="requires_action", last_payment_error=None,
        next_action={
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": return_url, "url": page},
        },
    )  # fmt: skip
    store.save(universe, intent)
    tell(store, universe, "payment_intent.requires_action", intent)


def _refused(store: Store, universe: str, intent: Object, refusal: Refusal, number: str) -> None:
    """A bank's no leaves a failed charge behind; a 3-D Secure that did not succeed leaves none."""
    code, sentence = refusal
    failed = None
    if number:
        failed = store.save(universe, shapes.failed_charge(store.now(), intent, code, sentence))
        intent["latest_charge"] = failed["id"]
    intent.update(
        status="requires_payment_method", next_action=None, payment_method=None,
        last_payment_error={"type": "card_error", "code": code, "message": sentence},
    )  # fmt: skip
    if failed and code == "card_declined":
        intent["last_payment_error"] |= {
            "charge": failed["id"], "decline_code": "generic_decline",
        }  # fmt: skip
    store.save(universe, intent)
    if failed:
        tell(store, universe, "charge.failed", failed)
    tell(store, universe, "payment_intent.payment_failed", intent)


def _held(store: Store, universe: str, intent: Object, number: str) -> None:
    """The bank holds the money; with automatic capture it is taken at once."""
    made = store.save(
        universe, shapes.charge(store.now(), intent, store.holds_for(shapes.HOLD_SECONDS))
    )
    card = {"id": f"{made['id']}#card", "object": CARD_OF, "number": number}
    store.save(universe, card)
    intent.update(
        status="requires_capture", amount_capturable=intent["amount"], latest_charge=made["id"],
        next_action=None, last_payment_error=None,
    )  # fmt: skip
    store.save(universe, intent, due=made["payment_method_details"]["card"]["capture_before"])
    if intent["capture_method"] == "manual":
        tell(store, universe, "payment_intent.amount_capturable_updated", intent)
    else:
        capture(store, universe, intent, None)


def _complete(store: Store, universe: str, session: Object, intent: Object, number: str) -> None:
    _held(store, universe, intent, number)
    manual = intent["capture_method"] == "manual"
    session.update(status="complete", payment_status="unpaid" if manual else "paid", url=None)
    store.save(universe, session)
    tell(store, universe, "checkout.session.completed", session)


def capture(store: Store, universe: str, intent: Object, amount: int | None) -> Object:
    """Take held money, all or part of it; the rest goes back to the card, without a refund."""
    _capturable(intent)
    taken = intent["amount_capturable"] if amount is None else amount
    if taken < 1:
        raise Wrong(
            "parameter_invalid_integer", "This value must be greater than or equal to 1.",
            parameter="amount_to_capture",
        )  # fmt: skip
    if taken > intent["amount_capturable"]:
        raise Wrong(
            "amount_too_large",
            "The payment could not be captured because the requested capture amount is greater "
            "than the amount you can capture for this charge.",
            about=intent,
        )
    if taken < MINIMUM_CARD_CENTS:
        raise Wrong("amount_too_small", "Amount must be at least €0.50 eur", about=intent)
    held = store.load(universe, intent["latest_charge"], "charge")
    assert held is not None
    moved = store.save(universe, shapes.transaction(store.now(), held, taken))
    # Since 2025-03-31 neither the charge nor the balance calls the rest of a hold a refund.
    held.update(captured=True, amount_captured=taken, balance_transaction=moved["id"])
    store.save(universe, held)
    intent.update(status="succeeded", amount_capturable=0, amount_received=taken)
    store.save(universe, intent)
    tell(store, universe, "charge.captured", held)
    tell(store, universe, "payment_intent.succeeded", intent)
    return intent


def _capturable(intent: Object) -> None:
    if intent["status"] == "requires_capture":
        return
    why = (
        "already been captured."
        if intent["status"] == "succeeded"
        else f"a status of {intent['status']}. Only a PaymentIntent with one of the following "
        "statuses may be captured: requires_capture."
    )
    raise Wrong(
        "payment_intent_unexpected_state",
        f"This PaymentIntent could not be captured because it has {why}",
        about=intent,
    )


def cancel(store: Store, universe: str, intent: Object, reason: str | None) -> Object:
    """Give a hold back, or end an intent that never had one."""
    if intent["status"] in ("succeeded", "canceled"):
        raise Wrong(
            "payment_intent_unexpected_state",
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            "requires_payment_method, requires_capture, requires_confirmation, requires_action, "
            "processing.",
            about=intent,
        )
    intent.update(
        status="canceled", amount_capturable=0, canceled_at=store.now(),
        cancellation_reason=reason, next_action=None,
    )  # fmt: skip
    store.save(universe, intent)
    held = store.load(universe, intent["latest_charge"] or "", "charge")
    if held and reason == LAPSED:
        tell(store, universe, "charge.expired", held)
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


def by_its_holder(store: Store, identifier: str, *, takes: bool) -> Object:
    """The holder of the account takes a hold, or gives it back, in their own dashboard."""
    universe = store.universe_of(identifier) or ""
    intent = store.load(universe, identifier, "payment_intent")
    assert intent is not None, identifier
    if takes:
        return capture(store, universe, intent, None)
    return cancel(store, universe, intent, "requested_by_customer")
