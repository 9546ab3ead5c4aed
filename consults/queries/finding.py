"""Physicians found by name or number: those who answer here, and those of the national register.

The register is searched as published; being found there proves that a physician exists, not that
they treat anybody.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Upper

from consults.models import Physician, RegisterEntry
from consults.queries.register import current_load

MOST = 20
# A search by name reads the whole register: it is given up rather than let others wait.
PATIENCE = "3s"


class SearchTooLong(Exception):
    """The register could not be read in time; the number finds at once."""

    code = "SEARCH_TOO_LONG"


@dataclass(frozen=True)
class Here:
    """A physician who answers here."""

    physician_id: UUID
    rpps: str
    name: str
    specialty: str
    departement: str


@dataclass(frozen=True)
class Listed:
    """A physician of the national register, with the load that says so."""

    rpps: str
    name: str
    skill: str
    departement: str
    load: int


def physicians_here(asked: str) -> list[Here]:
    """The physicians who answer here with all these words in their name, or with this number."""
    rows = Physician.objects.order_by("name", "rpps")
    columns = rows.values_list("id", "rpps", "name", "specialty", "departement")
    wanted = plain_words(asked)
    if not wanted:
        return []
    found = (Here(*row) for row in columns.iterator())
    return [one for one in found if _named(wanted, one.rpps, one.name)][:MOST]


def physicians_listed(asked: str) -> list[Listed]:
    """The physicians of the register with all these words in their name, or with this number.

    Raises SearchTooLong.
    """
    load, wanted = current_load(), plain_words(asked)
    if load is None or not wanted:
        return []
    rows = RegisterEntry.objects.filter(load_id=load.id)
    if len(wanted) == 1 and wanted[0].isdigit():
        return _listed(rows.filter(rpps=wanted[0]))
    by_name = rows.annotate(family=Upper("family_name")).filter(family__in=family_names(asked))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [PATIENCE])
            found = _listed(by_name[: MOST * 50])
    except OperationalError as slow:
        raise SearchTooLong from slow
    return [one for one in found if _named(wanted, one.rpps, one.name)][:MOST]


def family_names(asked: str) -> set[str]:
    """What could be the family name in "Marie de la Tour", with and without accents."""
    words = asked.upper().split()
    ends = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    return ends | {_bare(end) for end in ends}


def listed_under(rpps: str) -> Listed | None:
    """The physician of the register with this number."""
    load = current_load()
    if load is None:
        return None
    return next(iter(_listed(RegisterEntry.objects.filter(load_id=load.id, rpps=rpps))), None)


def _listed(rows: QuerySet[RegisterEntry]) -> list[Listed]:
    """One line a physician, their first activity's."""
    columns = ("rpps", "given_name", "family_name", "skill", "departement", "load_id")
    found: dict[str, Listed] = {}
    for rpps, given, family, skill, departement, load in rows.values_list(*columns):
        name = f"{given} {family}".strip()
        found.setdefault(rpps, Listed(rpps, name, skill, departement, load))
    return sorted(found.values(), key=lambda one: (one.name, one.rpps))


def _named(wanted: Iterable[str], rpps: str, name: str) -> bool:
    said = {rpps, *plain_words(name)}
    return all(any(one.startswith(word) for one in said) for word in wanted)


def plain_words(text: str) -> list[str]:
    """The words of a name in capitals, without accents, titles or signs.

    >>> plain_words("Dre Hélène Marchand-Lévy")
    ['HELENE', 'MARCHAND', 'LEVY']
    """
    return [word for word in re.findall(r"[A-Z0-9]+", _bare(text.upper())) if word not in TITLES]


def _bare(text: str) -> str:
    """The text without its accents."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parts if not unicodedata.combining(char))


TITLES = frozenset({"DR", "DRE", "DOCTEUR", "PR", "PROFESSEUR"})
