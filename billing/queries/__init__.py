"""Reads of the money: quotes, legs, fee facts, books, papers."""

from billing.queries.books import BookState, books
from billing.queries.legs import still_held
from billing.queries.papers import receipt, receipts_of, series_of
from billing.queries.quotes import (
    acceptance_of,
    fee_facts,
    honoraires_of,
    legs_of,
    quote_lapsed,
    quote_of,
    ready,
    ready_among,
)
from billing.queries.service import operations_state
from billing.queries.views import money_view

__all__ = [
    "BookState",
    "acceptance_of",
    "books",
    "fee_facts",
    "honoraires_of",
    "legs_of",
    "money_view",
    "operations_state",
    "quote_lapsed",
    "quote_of",
    "ready",
    "ready_among",
    "receipt",
    "receipts_of",
    "series_of",
    "still_held",
]
