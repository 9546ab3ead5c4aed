"""Long lists, a page at a time: each begins after the last row of the one before it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime

M = TypeVar("M", bound=Model)
PAGE = 50
SALT = "page"


@dataclass(frozen=True)
class Page(Generic[M]):
    """The rows of one page, and what the address of the next one says; "" after the last."""

    rows: list[M]
    following: str
    first: bool = True


def page_of(rows: QuerySet[M], *, by: str, after: str = "", size: int = PAGE) -> Page[M]:
    """One page in the order of a moment, `by` ("-made_at": the latest first), then of the key.

    `after` is what an earlier page said; anything else is the first page. No row is counted or
    skipped: page one thousand costs what page one costs, and a new row moves no other.
    """
    name, latest_first = by.removeprefix("-"), by.startswith("-")
    found = rows.order_by(by, "-pk" if latest_first else "pk")
    place = _place(after, name)
    if place:
        beyond = "lt" if latest_first else "gt"
        at, key = place
        found = found.filter(
            Q(**{f"{name}__{beyond}": at}) | Q(**{name: at, f"pk__{beyond}": key})
        )
    some = list(found[: size + 1])
    last = some[size - 1] if len(some) > size else None
    return Page(some[:size], _said(last, name) if last else "", first=place is None)


def _said(last: Model, name: str) -> str:
    return signing.dumps([name, getattr(last, name).isoformat(), str(last.pk)], salt=SALT)


def _place(after: str, name: str) -> tuple[datetime, Any] | None:
    """Where a page begins; None for the first one, or for words that are not ours."""
    try:
        of, at, key = signing.loads(after, salt=SALT)
    except signing.BadSignature:
        return None
    moment = parse_datetime(at)
    return (moment, key) if of == name and moment else None
