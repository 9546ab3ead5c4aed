"""What the public extraction must look like: its header by name, and what a good line is.

Source: Annuaire Santé, `PS_LibreAcces_Personne_activite`: `|` between fields, no quoting, one
line for each professional and activity, 52 fields in the older form and 56 in the newer, either
with a trailing delimiter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from consults.facts import rpps_is_valid

PHYSICIAN = "10"
FIELDS = range(52, 58)
# UTF-8 first: Windows-1252 reads almost anything.
ENCODINGS = ("utf-8", "cp1252")
# The share of lines that the encoding may fail to read before it is the wrong one.
UNREADABLE_SHARE = 0.01
# A load with this share of the last one's rows, or less, is not believed.
SHRUNKEN_SHARE = 0.7

PROFESSION = "Code profession"
KIND, OWN_ID, NATIONAL_ID = (
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
)
# Columns kept, by the name of the table's column, in the order in which they are copied.
KEPT = {
    "family_name": "Nom d'exercice",
    "given_name": "Prénom d'exercice",
    "category": "Code catégorie professionnelle",
    "skill": "Code savoir-faire",
    "mode": "Code mode exercice",
    "finess": "Numéro FINESS site",
    "site": "Raison sociale site",
    "departement": "Code Département (structure)",
    "authority": "Autorité d'enregistrement",
}
NEEDED = (KIND, OWN_ID, NATIONAL_ID, PROFESSION, *KEPT.values())


# Why a whole file changes nothing, and why one line is left out: closed, stable words.
REFUSALS = (
    "REGISTER_BUSY",
    "REGISTER_ENCODING_UNKNOWN",
    "REGISTER_HEADER_WRONG",
    "REGISTER_TOO_FEW",
    "REGISTER_TRUNCATED",
    "REGISTER_UNREADABLE",
)
BAD_LINES = ("control-character", "encoding", "fields", "identifier")


class RegisterRefused(Exception):
    """A file that changes nothing; `code` is one of REFUSALS, the text says what is wrong."""

    def __init__(self, code: str, why: str) -> None:
        assert code in REFUSALS
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass(frozen=True)
class Layout:
    """Where this file's columns are: found by name, so their order does not matter."""

    encoding: str
    bars: int
    profession: int
    identity: Callable[[list[str]], tuple[str, ...]]
    kept: Callable[[list[str]], tuple[str, ...]]

    def is_whole(self, line: str) -> bool:
        """Whether a line has the header's number of fields, one empty field more allowed."""
        bars = line.count("|")
        return bars == self.bars or (bars == self.bars + 1 and line.endswith("|"))


def layout_of(header: bytes) -> Layout:
    """Read the first line; raises RegisterRefused when it is not the extraction's header.

    The header's own accents tell the encoding: most of the needed names have one.
    """
    encoding, text = _decoded(header.rstrip(b"\r\n"))
    names = [name.strip().replace("’", "'") for name in text.removeprefix("\ufeff").split("|")]
    if len(names) not in FIELDS:
        raise RegisterRefused(
            "REGISTER_HEADER_WRONG",
            f"the header has {len(names)} fields, {FIELDS[0]} to {FIELDS[-1]} are expected",
        )
    if not names[-1]:
        names.pop()
    for needed in NEEDED:
        if names.count(needed) != 1:
            found = "no" if needed not in names else "more than one"
            raise RegisterRefused("REGISTER_HEADER_WRONG", f"{found} column is named {needed}")
    return Layout(
        encoding=encoding,
        bars=len(names) - 1,
        profession=names.index(PROFESSION),
        identity=itemgetter(*(names.index(name) for name in (KIND, OWN_ID, NATIONAL_ID))),
        kept=itemgetter(*(names.index(name) for name in KEPT.values())),
    )


def _decoded(header: bytes) -> tuple[str, str]:
    if b"\0" not in header:
        for encoding in ENCODINGS:
            try:
                return encoding, header.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise RegisterRefused("REGISTER_ENCODING_UNKNOWN", "neither UTF-8 nor Windows-1252")


def rpps_of(identity: tuple[str, ...]) -> str:
    """The RPPS of a physician's line, or "" when its identifiers are not those of one."""
    kind, own, national = identity
    if kind != "8" or national != f"8{own}" or not rpps_is_valid(own):
        return ""
    return own
