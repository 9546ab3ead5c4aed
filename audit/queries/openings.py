"""Openings of sealed facts: what an authorised export carries, and a decision made whole again."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from audit import seal
from audit.models import Entry, Opening

# The content key behind a subject; None once it was erased. Keys are held above the record.
KeyOf = Callable[[UUID], bytes | None]
ERASED = "erased"
PAGE = 1000


def opened(opening: Opening, key: bytes) -> dict[str, Any]:
    """Values and salts behind one entry's commitments; raises `audit.seal.Unreadable`."""
    plain = seal.unseal(
        key,
        bytes(opening.sealed),
        question=opening.subject,
        seq=0,
        field=opening.field,
        author=opening.author,
    )
    read: dict[str, Any] = json.loads(plain)
    return read


def openings_under(*, size: int, key_of: KeyOf) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """(index, opening) of every sealed decision among the first leaves, or (index, "erased")."""
    rows = (
        Opening.objects.filter(entry__leaf__index__lt=size)
        .order_by("entry__leaf__index")
        .values_list("entry__leaf__index", "pk")
    )
    keys: dict[UUID, bytes | None] = {}
    for index, pk in rows.iterator(chunk_size=PAGE):
        one = Opening.objects.get(pk=pk)
        if one.subject not in keys:
            keys[one.subject] = key_of(one.subject)
        key = keys[one.subject]
        yield index, ERASED if key is None else opened(one, key)


def opening_of(entry_id: int, key_of: KeyOf) -> dict[str, Any] | str | None:
    """The opening of one entry: None when nothing of it is sealed, "erased" without its key."""
    one = Opening.objects.filter(pk=entry_id).first()
    if one is None:
        return None
    key = key_of(one.subject)
    return ERASED if key is None else opened(one, key)


def made_whole(decision: Mapping[str, Any], opening: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded decision with its sealed facts and findings back in their places."""
    facts = dict(decision["facts"])
    facts.update({name: said["fact"] for name, said in opening["facts"].items()})
    hidden = opening["findings"]
    whole: dict[str, Any] = {**decision, "facts": facts}
    del whole["sealed_fired"]
    whole["fired"] = sorted([*decision["fired"], *hidden["fired"]], key=lambda one: one["rule"])
    for name in ("flags", "silent"):
        whole[name] = sorted([*decision[name], *hidden[name]])
    return whole


def decision_of(entry: Entry, key_of: KeyOf) -> dict[str, Any] | None:
    """The decision of an entry as far as it can be opened; None when it carries none."""
    said: dict[str, Any] | None = json.loads(bytes(entry.body)).get("decision")
    if said is None:
        return None
    opening = opening_of(entry.pk, key_of)
    return made_whole(said, opening) if isinstance(opening, dict) else said


def latest_whole(subject: UUID, types: Iterable[str], key_of: KeyOf) -> dict[str, Any] | None:
    """The last decision of these entry types about a subject, as far as it can be opened."""
    last = Entry.objects.filter(subject=subject, type__in=tuple(types)).order_by("-pk").first()
    return None if last is None else decision_of(last, key_of)
