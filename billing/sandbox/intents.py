"""Calls about PaymentIntents: made with a card of Stripe's tests, captured whole or in part."""

from typing import Any

from billing.money import MINIMUM_CARD_CENTS
from billing.sandbox import cards, shapes, till
from billing.sandbox.calling import Call, may_take_cards
from billing.sandbox.parameters import Unfit
from billing.sandbox.store import Object


def create(call: Call) -> Object:
    """A payment without a hosted page, as a program makes it; confirmed at once when asked."""
    params = call.params
    if params["amount"] < MINIMUM_CARD_CENTS:
        raise Unfit("Amount must be at least €0.50 eur", "amount", "amount_too_small")
    if params.get("off_session") and not params.get("confirm"):
        raise Unfit("`off_session` is only allowed with `confirm`.", "off_session")
    if params.get("customer"):
        call.known("customer", params["customer"])
    made = shapes.intent(call.store.now(), params["amount"], params)
    made.update(customer=params.get("customer"), currency=params["currency"])
    if params.get("payment_method"):
        made["payment_method"] = cards.method(call, params["payment_method"], made)["id"]
        made["status"] = "requires_confirmation"
    call.store.save(call.universe, made)
    till.tell(call.store, call.universe, "payment_intent.created", made)
    return _confirmed(call, made, params) if params.get("confirm") else made


def confirm(call: Call) -> Object:
    """Try the card of a payment."""
    params = call.params
    intent = call.of("payment_intent")
    if params.get("payment_method"):
        intent["payment_method"] = cards.method(call, params["payment_method"], intent)["id"]
    return _confirmed(call, intent, params)


def _confirmed(call: Call, intent: Object, params: dict[str, Any]) -> Object:
    may = ("requires_payment_method", "requires_confirmation", "requires_action")
    if intent["status"] not in may:
        raise till.Wrong(
            "payment_intent_unexpected_state",
            f"You cannot confirm this PaymentIntent because it has a status of "
            f"{intent['status']}.",
            about=intent,
        )
    if not intent["payment_method"]:
        raise till.Wrong(
            "payment_intent_unexpected_state",
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            about=intent,
        )
    may_take_cards(call)
    number = cards.number_of(call, intent["payment_method"])
    return till.authorise(
        call.store, call.universe, intent, number,
        off_session=bool(params.get("off_session")), return_url=params.get("return_url"),
    )  # fmt: skip


def capture(call: Call) -> Object:
    """Take what is held, or a part of it."""
    params = call.params
    intent = call.of("payment_intent")
    if params.get("final_capture") is False:
        raise till.Wrong(
            "capture_unauthorized_payment",
            "This account may not capture a payment more than once (`final_capture`).",
            parameter="final_capture", about=intent,
        )  # fmt: skip
    return till.capture(call.store, call.universe, intent, params.get("amount_to_capture"))


def cancel(call: Call) -> Object:
    """Give a hold back; a payment of an open hosted page ends with its page."""
    params = call.params
    intent = call.of("payment_intent")
    link = call.store.load(call.universe, f"{intent['id']}#session", till.SESSION_OF)
    session = link and call.store.load(call.universe, link["session"], "checkout.session")
    if session and session["status"] == "open":
        raise till.Wrong(
            "payment_intent_unexpected_state",
            "You cannot cancel the PaymentIntent of an open Checkout Session. Expire the "
            "Checkout Session instead.",
            about=intent,
        )
    return till.cancel(call.store, call.universe, intent, params.get("cancellation_reason"))
