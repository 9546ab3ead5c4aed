"""What the national register says, read from the load that the pointer names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from audit.facts import Json
from consults.models import Attestation, Physician, Register, RegisterEntry, RegisterLoad

# What is compared between two loads, and kept as what the register said.
COMPARED = ("presence", "names", "categories", "skills", "modes", "departements")
ABSENT: Mapping[str, Json] = {"presence": "absent"}


def current_load() -> RegisterLoad | None:
    """The load that is the register now; None before the first import."""
    pointer = Register.objects.select_related("current").first()
    return pointer.current if pointer else None


def register_says(load_id: int, numbers: Iterable[str]) -> dict[str, dict[str, Json]]:
    """What a load says of these RPPS, all activities of a person joined; the absent left out."""
    columns = ("rpps", "given_name", "family_name", "category", "skill", "mode", "departement")
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    rows = RegisterEntry.objects.filter(load_id=load_id, rpps__in=list(numbers))
    for rpps, *said in rows.values_list(*columns).iterator():
        found[rpps].append((f"{said[0]} {said[1]}".strip(), *said[2:]))
    return {rpps: _joined(rpps, activities) for rpps, activities in found.items()}


def _joined(rpps: str, activities: list[tuple[str, ...]]) -> dict[str, Json]:
    said: dict[str, Json] = {"presence": "present", "rpps": rpps, "profession_code": "10"}
    for name, values in zip(COMPARED[1:], zip(*activities, strict=True), strict=True):
        words: list[Json] = [*sorted({value for value in values if value})]
        said[name] = words
    return said


def last_said(physicians: Iterable[Physician]) -> dict[Any, dict[str, Json]]:
    """By physician, the details of the last attestation of a match with the register."""
    rows = Attestation.objects.filter(kind="directory", physician__in=physicians)
    rows = rows.order_by("recorded_at", "valid_from")
    return dict(rows.values_list("physician_id", "details").iterator())
