"""What people hand to care, and the pure readings of it that become facts."""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date


@dataclass(frozen=True)
class Report:
    """The compte rendu as written, heading by heading; `acts` is said even when "aucun".

    `text` is the analysis. The last three are required together when a treatment is adapted.
    """

    text: str
    acts: str = ""
    reason: str = ""
    advice: str = ""
    follow_up: str = ""
    drug: str = ""
    old_dose: str = ""
    new_dose: str = ""

    @property
    def written(self) -> bool:
        """Whether anything at all was written in it."""
        return any(part.strip() for part in asdict(self).values())

    @property
    def whole(self) -> bool:
        """Whether it analyses and says what follows; its acts are asked for on their own."""
        return bool(self.text.strip() and self.follow_up.strip())

    @property
    def adapts(self) -> bool:
        """Whether it names a drug with its dose before and after."""
        return all(part.strip() for part in (self.drug, self.old_dose, self.new_dose))

    @property
    def doses(self) -> bool:
        """Whether it sets the dose of a drug, whatever was taken before."""
        return bool(self.drug.strip() and self.new_dose.strip())


@dataclass(frozen=True)
class Classification:
    """What the physician signs about the act; software never infers it."""

    act_kind: str
    remote_relevant: bool
    personalised: bool


@dataclass(frozen=True)
class Claims:
    """What an identity provider says of a person, its signature and its level checked."""

    issuer: str
    sub: str
    acr: str
    given_name: str
    family_name: str
    birth_date: date
    used_name: str = ""


def words_of(name: str) -> frozenset[str]:
    """The words of a name without case, accents or signs.

    >>> sorted(words_of("Anne-Sophie D'Été"))
    ['anne', 'd', 'ete', 'sophie']
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return frozenset(
        re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    )


# Words of an answer that greets and says nothing; the list is small so that doubt pays for care.
_PLEASANTRIES = frozenset(
    re.findall(
        r"\w+",
        "bonjour bonsoir salut madame monsieur docteur merci bien cordialement confraternellement "
        "a au revoir bientot bonne journee soiree recu message votre hello thanks regards dr "
        "le la de et pour vous",
    )
)


def is_greeting_only(text: str) -> bool:
    """Say whether an answer holds nothing but politeness: such an answer is not an act.

    >>> is_greeting_only("Bonjour Madame, bien reçu. Cordialement")
    True
    >>> is_greeting_only("Bonjour, prenez-le le matin à jeun.")
    False
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return all(word in _PLEASANTRIES for word in words)


def rpps_is_valid(rpps: str) -> bool:
    """Say whether an RPPS has eleven digits, the last being the Luhn key of the others.

    >>> rpps_is_valid("99999990007"), rpps_is_valid("99999990008")
    (True, False)
    """
    if not re.fullmatch(r"[0-9]{11}", rpps):
        return False
    total = 0
    for place, digit in enumerate(reversed(rpps)):
        number = int(digit) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


# Words before a name that are no part of it.
_TITLES = frozenset({"dr", "dre", "docteur", "docteure", "pr", "pre", "professeur", "professeure"})


def names_agree(one: str, other: str) -> bool:
    """Say whether two names are one person's: case, accents, hyphens, order and titles aside.

    One may give a second first name that the other leaves out; a single word is no name.

    >>> names_agree("Dre Hélène Marchand-Roux", "HELENE MARCHAND ROUX")
    True
    >>> names_agree("Dr Paul Marchand", "HELENE MARCHAND")
    False
    """
    first, second = _name_words(one), _name_words(other)
    return min(len(first), len(second)) > 1 and (first <= second or second <= first)


def _name_words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return frozenset(re.findall(r"[a-z]+", bare)) - _TITLES


def report_text(report: Report) -> str:
    """Write a report as the one text that is sealed."""
    return json.dumps(asdict(report), ensure_ascii=False)


def report_of(text: str) -> Report:
    """Read back what `report_text` wrote."""
    return Report(**json.loads(text))
