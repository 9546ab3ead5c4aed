"""Objects in the shape that Stripe gives them, and what happens to a card."""

import secrets
from typing import Any

from billing.sandbox.store import Object

HOLD_SECONDS = 7 * 86_400
SESSION_SECONDS = 86_400
OK = "4242424242424242"
DECLINED = "4000000000000002"
STRONG = "4000002500003155"
REFUND_FAILS = "4000000000005126"
REFUND_FAILS_AFTER_SECONDS = 60
DISPUTE_FEE = 1500


def new_id(prefix: str) -> str:
    """An id as Stripe writes them."""
    return f"{prefix}_{secrets.token_hex(12)}"


def account(now: int, params: dict[str, Any]) -> Object:
    """A connected account whose onboarding has not begun."""
    return {
        "id": new_id("acct"), "object": "account", "created": now,
        "type": params.get("type", "standard"), "country": params.get("country", "FR"),
        "charges_enabled": False, "payouts_enabled": False, "details_submitted": False,
        "default_currency": "eur", "capabilities": {},
        "business_profile": {"name": (params.get("business_profile") or {}).get("name")},
        "metadata": params.get("metadata", {}),
    }  # fmt: skip


def session(now: int, params: dict[str, Any], base: str) -> Object:
    """An open Checkout session with its hosted page."""
    identifier = new_id("cs_test")
    line = params["line_items"][0]
    amount = line["price_data"]["unit_amount"] * line.get("quantity", 1)
    return {
        "id": identifier, "object": "checkout.session", "created": now, "livemode": False,
        "amount_subtotal": amount, "amount_total": amount,
        "automatic_tax": {
            "enabled": False, "liability": None, "provider": None, "status": None,
        },
        "cancel_url": params.get("cancel_url"), "client_reference_id": None,
        "currency": line["price_data"]["currency"], "custom_fields": [],
        "custom_text": {
            "after_submit": None, "shipping_address": None, "submit": None,
            "terms_of_service_acceptance": None,
        },
        "expires_at": params.get("expires_at", now + SESSION_SECONDS),
        "locale": params.get("locale"), "metadata": params.get("metadata", {}),
        "mode": params["mode"], "payment_intent": None, "payment_method_types": ["card"],
        "payment_status": "unpaid", "shipping_options": [], "status": "open",
        "success_url": params.get("success_url"), "url": f"{base}/c/pay/{identifier}",
    }  # fmt: skip


def intent(now: int, amount: int, data: dict[str, Any]) -> Object:
    """A PaymentIntent that waits for a card."""
    identifier = new_id("pi")
    return {
        "id": identifier, "client_secret": f"{identifier}_secret_{secrets.token_hex(12)}",
        "customer": None, "payment_method": None,
        "setup_future_usage": data.get("setup_future_usage"),
        "object": "payment_intent", "created": now, "livemode": False,
        "amount": amount, "amount_capturable": 0, "amount_received": 0, "currency": "eur",
        "canceled_at": None, "cancellation_reason": None,
        "capture_method": data.get("capture_method", "automatic_async"),
        "confirmation_method": "automatic", "description": data.get("description"),
        "last_payment_error": None, "latest_charge": None,
        "metadata": data.get("metadata") or {}, "next_action": None,
        "payment_method_types": ["card"], "status": "requires_payment_method",
    }  # fmt: skip


def charge(now: int, paid: Object, holds_for: int = HOLD_SECONDS) -> Object:
    """The authorisation of a card, before or after its capture."""
    return {
        "id": new_id("ch"), "object": "charge", "created": now, "livemode": False,
        "amount": paid["amount"], "amount_captured": 0, "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {
            "address": None, "email": None, "name": None, "phone": None, "tax_id": None,
        },
        "captured": False, "currency": "eur", "customer": paid["customer"], "disputed": False,
        "failure_code": None, "failure_message": None,
        "metadata": dict(paid["metadata"]), "paid": True, "payment_intent": paid["id"],
        "payment_method": paid["payment_method"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa", "last4": "4242", "capture_before": now + holds_for,
                "country": "FR", "exp_month": 12, "exp_year": 2034, "funding": "debit",
                "checks": None, "installments": None, "mandate": None,
                "network": "visa", "three_d_secure": None, "wallet": None,
            },
        },
        "refunded": False, "status": "succeeded",
    }  # fmt: skip


def failed_charge(now: int, tried: Object, code: str, sentence: str) -> Object:
    """What a bank's refusal leaves behind: a charge that holds nothing."""
    made = charge(now, tried)
    del made["payment_method_details"]["card"]["capture_before"]
    return {
        **made, "paid": False, "status": "failed",
        "failure_code": code, "failure_message": sentence,
    }  # fmt: skip


def payment_method(now: int, number: str, customer: str | None) -> Object:
    """A card as a program may name it again."""
    return {
        "id": new_id("pm"), "object": "payment_method", "created": now, "livemode": False,
        "allow_redisplay": "unspecified", "customer": customer, "metadata": {}, "type": "card",
        "billing_details": {
            "address": None, "email": None, "name": None, "phone": None, "tax_id": None,
        },
        "card": {
            "brand": "visa", "checks": None, "country": "FR", "exp_month": 12, "exp_year": 2034,
            "funding": "debit", "generated_from": None, "last4": number[-4:], "networks": None,
            "three_d_secure_usage": {"supported": True}, "wallet": None,
        },
    }  # fmt: skip


def stripe_fee(amount: int) -> int:
    """What Stripe keeps of a European card: 1.5 % and 25 cents, never more than the amount."""
    return min(amount, (amount * 15 + 500) // 1000 + 25)


def transaction(now: int, source: Object, amount: int) -> Object:
    """What a capture adds to the balance of the account that it was made on."""
    fee = stripe_fee(amount)
    return {
        "id": new_id("txn"), "object": "balance_transaction", "created": now,
        "available_on": now + 2 * 86_400, "balance_type": "payments", "amount": amount,
        "currency": "eur", "description": None, "exchange_rate": None, "fee": fee,
        "fee_details": [{
            "amount": fee, "application": None, "currency": "eur",
            "description": "Stripe processing fees", "type": "stripe_fee",
        }],
        "net": amount - fee, "reporting_category": "charge", "source": source["id"],
        "status": "pending", "type": "charge",
    }  # fmt: skip


def refund(now: int, charge: Object, amount: int, metadata: dict[str, str]) -> Object:
    """A refund that the account's balance paid for."""
    return {
        "id": new_id("re"), "object": "refund", "created": now, "amount": amount,
        "balance_transaction": None, "charge": charge["id"], "currency": "eur",
        "metadata": metadata, "payment_intent": charge["payment_intent"], "reason": None,
        "receipt_number": None, "source_transfer_reversal": None, "status": "succeeded",
        "transfer_reversal": None,
    }  # fmt: skip


def refund_transaction(now: int, refund: Object, *, failed: bool) -> Object:
    """What a refund takes from the balance, or what its failure puts back; no fee returns."""
    amount = refund["amount"] if failed else -refund["amount"]
    kind = "refund_failure" if failed else "refund"
    return {
        "id": new_id("txn"), "object": "balance_transaction", "created": now,
        "available_on": now, "balance_type": "payments", "amount": amount, "currency": "eur",
        "description": None, "exchange_rate": None, "fee": 0, "fee_details": [],
        "net": amount, "reporting_category": kind, "source": refund["id"],
        "status": "available", "type": kind,
    }  # fmt: skip


def move(now: int, kind: str, source: str, amount: int, *, fee: int = 0) -> Object:
    """One line of a balance."""
    return {
        "id": new_id("txn"), "object": "balance_transaction", "created": now,
        "available_on": now, "balance_type": "payments", "amount": amount, "currency": "eur",
        "description": None, "exchange_rate": None, "fee": fee, "fee_details": [],
        "net": amount - fee, "reporting_category": kind, "source": source,
        "status": "available", "type": kind,
    }  # fmt: skip


def payout(now: int, amount: int) -> Object:
    """Money on its way to the bank, arrived at once here."""
    return {
        "id": new_id("po"), "object": "payout", "amount": amount, "arrival_date": now,
        "application_fee": None, "application_fee_amount": None, "automatic": True,
        "balance_transaction": None, "created": now, "currency": "eur", "description": None,
        "destination": None, "failure_balance_transaction": None, "failure_code": None,
        "failure_message": None, "livemode": False, "metadata": {}, "method": "standard",
        "original_payout": None, "payout_method": None, "reconciliation_status": "completed",
        "reversed_by": None, "source_type": "card", "statement_descriptor": None,
        "status": "paid", "trace_id": None, "type": "bank_account",
    }  # fmt: skip


def dispute(now: int, charge: Object, amount: int) -> Object:
    """So much of a payment contested at the cardholder's bank."""
    return {
        "id": new_id("dp"), "object": "dispute", "amount": amount,
        "balance_transactions": [], "charge": charge["id"], "created": now, "currency": "eur",
        "enhanced_eligibility_types": [], "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 7 * 86_400, "enhanced_eligibility": {}, "has_evidence": False,
            "past_due": False, "submission_count": 0,
        },
        "is_charge_refundable": False, "livemode": False, "metadata": {},
        "payment_intent": charge["payment_intent"], "reason": "fraudulent",
        "status": "needs_response",
    }  # fmt: skip


def event(
    now: int, kind: str, subject: Object, universe: str, waiting: int, version: str
) -> Object:
    """An event about an object, with the object as it was."""
    body = {
        "id": new_id("evt"), "object": "event", "api_version": version, "created": now,
        "data": {"object": subject}, "livemode": False, "pending_webhooks": waiting,
        "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip
    return {**body, "account": universe} if universe else body


def error(
    kind: str, message: str, *, code: str | None = None, parameter: str | None = None,
    about: Object | None = None,
) -> Object:  # fmt: skip
    """An error as Stripe words them, with the object that it is about."""
    body: Object = {"type": kind, "message": message}
    if code:
        body["code"] = code
        body["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    if parameter:
        body["param"] = parameter
    if about:
        body[about["object"]] = about
    return {"error": body}


def card_error(intent: Object) -> Object:
    """What the program that tried a card is told of its bank's refusal."""
    refusal: Object = dict(intent["last_payment_error"])
    kind, sentence = refusal.pop("type"), refusal.pop("message")
    body = error(kind, sentence, code=refusal.pop("code"), about=intent)
    body["error"] |= refusal
    return body
