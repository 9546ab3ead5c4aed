"""Cards: the test numbers, the tokens that programs use for them, and cards that were kept."""

from billing.sandbox import shapes
from billing.sandbox.calling import Call, Missing
from billing.sandbox.store import Object, Store

NUMBER_OF = "sandbox.number_of"  # from a payment method to the number that was typed
# Stripe's own tokens of its test cards.
TOKENS = {
    "pm_card_visa": shapes.OK,
    "pm_card_chargeDeclined": shapes.DECLINED,
    "pm_card_visa_chargeDeclined": shapes.DECLINED,
    "pm_card_authenticationRequired": shapes.STRONG,
    "pm_card_refundFail": shapes.REFUND_FAILS,
}


def kept(store: Store, universe: str, number: str, customer: str | None) -> Object:
    """A payment method made of a card's number."""
    made = store.save(universe, shapes.payment_method(store.now(), number, customer))
    store.save(universe, {"id": f"{made['id']}#number", "object": NUMBER_OF, "number": number})
    return made


def method(call: Call, said: str, intent: Object) -> Object:
    """The payment method that a program names: a token of Stripe's tests, or a kept card."""
    if said in TOKENS:
        return kept(call.store, call.universe, TOKENS[said], None)
    found = call.store.load(call.universe, said, "payment_method")
    if found is None:
        raise Missing(f"No such PaymentMethod: '{said}'")
    if found["customer"] and found["customer"] != intent["customer"]:
        raise Missing(f"The PaymentMethod '{said}' does not belong to this Customer.")
    return found


def number_of(call: Call, identifier: str) -> str:
    """The number behind a payment method."""
    return str(call.known(NUMBER_OF, f"{identifier}#number")["number"])
