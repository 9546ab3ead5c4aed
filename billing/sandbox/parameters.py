"""Requests as Stripe reads them: bracketed forms, checked against the SDK's own types."""

import re
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import typing_extensions
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe._request_options import RequestOptions
from stripe.params import (
    _account_create_params,
    _account_link_create_params,
    _account_retrieve_params,
    _balance_retrieve_params,
    _balance_transaction_list_params,
    _balance_transaction_retrieve_params,
    _charge_retrieve_params,
    _dispute_list_params,
    _dispute_retrieve_params,
    _event_list_params,
    _event_retrieve_params,
    _payment_intent_cancel_params,
    _payment_intent_capture_params,
    _payment_intent_confirm_params,
    _payment_intent_create_params,
    _payment_intent_retrieve_params,
    _payout_retrieve_params,
    _refund_create_params,
    _refund_list_params,
    _refund_retrieve_params,
)
from stripe.params.checkout import (
    _session_create_params,
    _session_expire_params,
    _session_retrieve_params,
)

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

# Each call: the library's own type of its parameters, and those that this double obeys. What the
# type knows and the double does not is refused, since taking it in silence would be a lie.
_LISTED = frozenset({"limit", "starting_after", "expand"})
_EXPAND = frozenset({"expand"})
_OF_INTENT = frozenset({"capture_method", "metadata", "description"})
_TYPES: dict[str, tuple[ModuleType, str, frozenset[str]]] = {
    "account.create": (
        _account_create_params, "AccountCreateParams",
        frozenset({"type", "country", "business_profile", "metadata"}),
    ),
    "account.retrieve": (_account_retrieve_params, "AccountRetrieveParams", _EXPAND),
    "account_link.create": (
        _account_link_create_params, "AccountLinkCreateParams",
        frozenset({"account", "return_url", "refresh_url", "type"}),
    ),
    "session.create": (
        _session_create_params, "SessionCreateParams",
        frozenset({"mode", "locale", "line_items", "payment_intent_data", "metadata",
                   "success_url", "cancel_url", "expires_at", "expand"}),
    ),
    "session.retrieve": (_session_retrieve_params, "SessionRetrieveParams", _EXPAND),
    "session.expire": (_session_expire_params, "SessionExpireParams", _EXPAND),
    "intent.create": (
        _payment_intent_create_params, "PaymentIntentCreateParams",
        frozenset({"amount", "currency", "capture_method", "confirm", "payment_method",
                   "off_session", "automatic_payment_methods", "metadata", "description",
                   "return_url", "expand"}),
    ),
    "intent.confirm": (
        _payment_intent_confirm_params, "PaymentIntentConfirmParams",
        frozenset({"payment_method", "off_session", "return_url", "expand"}),
    ),
    "intent.retrieve": (
        _payment_intent_retrieve_params, "PaymentIntentRetrieveParams", _EXPAND,
    ),
    "intent.capture": (
        _payment_intent_capture_params, "PaymentIntentCaptureParams",
        frozenset({"amount_to_capture", "final_capture", "expand"}),
    ),
    "intent.cancel": (
        _payment_intent_cancel_params, "PaymentIntentCancelParams",
        frozenset({"cancellation_reason", "expand"}),
    ),
    "refund.create": (
        _refund_create_params, "RefundCreateParams",
        frozenset({"payment_intent", "amount", "reason", "metadata", "expand"}),
    ),
    "refund.list": (
        _refund_list_params, "RefundListParams", _LISTED | {"payment_intent"},
    ),
    "refund.retrieve": (_refund_retrieve_params, "RefundRetrieveParams", _EXPAND),
    "charge.retrieve": (_charge_retrieve_params, "ChargeRetrieveParams", _EXPAND),
    "balance.retrieve": (_balance_retrieve_params, "BalanceRetrieveParams", _EXPAND),
    "line.list": (
        _balance_transaction_list_params, "BalanceTransactionListParams",
        _LISTED | {"created"},
    ),
    "line.retrieve": (
        _balance_transaction_retrieve_params, "BalanceTransactionRetrieveParams", _EXPAND,
    ),
    "dispute.list": (
        _dispute_list_params, "DisputeListParams", _LISTED | {"payment_intent"},
    ),
    "dispute.retrieve": (_dispute_retrieve_params, "DisputeRetrieveParams", _EXPAND),
    "payout.retrieve": (_payout_retrieve_params, "PayoutRetrieveParams", _EXPAND),
    "event.list": (_event_list_params, "EventListParams", _LISTED),
    "event.retrieve": (_event_retrieve_params, "EventRetrieveParams", _EXPAND),
}  # fmt: skip


class Unfit(Exception):
    """A request that Stripe would answer with 400: which parameter, and why."""

    def __init__(self, message: str, parameter: str | None, code: str | None = None) -> None:
        super().__init__(message)
        self.message, self.parameter, self.code = message, parameter, code


@cache
def _adapter(call: str) -> TypeAdapter[Any]:
    module, name, _ = _TYPES[call]
    for value in list(vars(module).values()):
        if typing_extensions.is_typeddict(value):
            value.__pydantic_config__ = _STRICT
    # The SDK mixes the options of a call into its parameters; on the wire they are headers.
    fields = {
        field: kind
        for field, kind in getattr(module, name).__annotations__.items()
        if field not in RequestOptions.__annotations__
    }
    made: Any = typing_extensions.TypedDict  # a type named at run time, for pydantic alone
    shape = made(name, fields)
    shape.__module__ = module.__name__
    shape.__pydantic_config__ = _STRICT
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    adapter.rebuild()
    return adapter


def nested(body: str) -> dict[str, Any]:
    """Turn `a[b][0]=c` into `{"a": {"b": ["c"]}}`."""
    whole: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        steps = re.findall(r"[^\[\]]+", name) + ([""] if name.endswith("[]") else [])
        place = whole
        for step in steps[:-1]:
            place = place.setdefault(step, {})
        place[steps[-1] or str(len(place))] = value
    return {name: _listed(value) for name, value in whole.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(part) for name, part in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def checked(call: str, body: str) -> dict[str, Any]:
    """Parameters of a call, typed; raises `Unfit` for what the SDK's types do not know."""
    try:
        found: dict[str, Any] = _adapter(call).validate_python(nested(body))
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        where = [str(step) for step in first["loc"]]
        name = where[0] + "".join(f"[{step}]" for step in where[1:]) if where else None
        if first["type"] == "extra_forbidden":
            raise Unfit(f"Received unknown parameter: {name}", name, "parameter_unknown") from None
        if first["type"] == "missing":
            raise Unfit(f"Missing required param: {name}.", name, "parameter_missing") from None
        raise Unfit(f"Invalid value for {name}: {first['msg']}", name) from None
    inner = set(found.get("payment_intent_data") or {}) - _OF_INTENT
    ignored = [*(set(found) - _TYPES[call][2]), *(f"payment_intent_data[{one}]" for one in inner)]
    for name in sorted(ignored):
        raise Unfit(f"This double does not do what `{name}` asks", name)
    return found
