"""Reads of the money: quotes, legs, fee facts, books, papers."""

from billing.queries.books import BookState, books
from billing.queries.legs import still_held
from billing.queries.papers import receipt, receipts_of, series_of
from billing.queries.quotes import (
    acceptance_of,
    fee_facts,
    held_until,
    honoraires_of,
    legs_of,
    quote_lapsed,
    quote_of,
    ready,
    ready_among,
    still_included,
)
from billing.queries.service import (
    books_off,
    collects_for_physicians,
    fee_basis,
    operations_state,
    paid_to_third_parties_cents,
)
from billing.queries.views import money_view

__all__ = [
    "BookState",
    "acceptance_of",
    "books",
    "books_off",
    "collects_for_physicians",
    "fee_basis",
    "fee_facts",
    "held_until",
    "honoraires_of",
    "legs_of",
    "money_view",
    "operations_state",
    "paid_to_third_parties_cents",
    "quote_lapsed",
    "quote_of",
    "ready",
    "ready_among",
    "receipt",
    "receipts_of",
    "series_of",
    "still_held",
    "still_included",
]
