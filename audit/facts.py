"""Pure values shared by the record: who acts, and what JSON an entry may hold."""

from dataclasses import dataclass
from typing import Literal, TypeAlias
from uuid import UUID

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"] | None
Kind: TypeAlias = Literal["patient", "physician", "reviewer", "operator", "system"]

KINDS: tuple[Kind, ...] = ("patient", "physician", "reviewer", "operator", "system")
NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a kind of person and the random `subject` of their account, never a name."""

    kind: Kind
    id: UUID


SYSTEM = Actor("system", UUID(int=0))
