"""Hear the phrases of `signals.json` in a plain message, unless denied, past or only asked about.

A phrase is a regular expression over plain words, with three shorthands: `*` ends a word loosely,
`...` skips up to four words of the same clause, `{name}` stands for a group of words. A signal is
heard when one phrase of `any` is heard and, where it has `with`, one of those too, and none of
`unless`. `muted_by` says what takes the meaning away: denied, past, asked, third.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "phrases"


@dataclass(frozen=True, slots=True)
class Heard:
    """One signal that a message gives, and the label it points to."""

    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Phrases that point to a label; `muted_by` names what takes the meaning away."""

    label: str
    name: str
    any: tuple[re.Pattern[str], ...]
    along: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    muted_by: frozenset[str]


def heard_in(message: str) -> list[Heard]:
    """Every signal in a plain message, the files' own order kept."""
    return [Heard(one.label, one.name) for one in signals() if _heard(one, message)]


def _heard(signal: Signal, message: str) -> bool:
    if not _sounds(signal.any, message, signal.muted_by):
        return False
    if signal.along and not _sounds(signal.along, message, signal.muted_by):
        return False
    return not any(phrase.search(message) for phrase in signal.unless)


def _sounds(phrases: Iterable[re.Pattern[str]], message: str, muted_by: frozenset[str]) -> bool:
    """Whether a phrase is said and meant: not denied, not over, not only asked about."""
    for phrase in phrases:
        for match in phrase.finditer(message):
            if not _muted(match, message, muted_by):
                return True
    return False


def _muted(match: re.Match[str], message: str, muted_by: frozenset[str]) -> bool:
    before = _clause_before(message, match.start())
    if "denied" in muted_by and _DENIED.search(f" {' '.join(before.split()[-5:])} "):
        return True
    clause = before + match.group() + _clause_after(message, match.end())
    if "past" in muted_by and _PAST.search(clause) and not _NOW.search(message):
        return True
    if "third" in muted_by and _THIRD.search(clause) and not _NOW.search(message):
        return True
    return "asked" in muted_by and _ASKED.search(clause) is not None


def _clause_before(message: str, start: int) -> str:
    return re.split(r" [.,] | mais | par contre | sauf que ", message[:start])[-1]


def _clause_after(message: str, end: int) -> str:
    return re.split(r" [.] | mais | par contre ", message[end:])[0]


@lru_cache(maxsize=1)
def signals() -> tuple[Signal, ...]:
    """All signals of the phrase files, compiled."""
    groups = _read("groups")
    return tuple(_signals(groups))


def _signals(groups: Any) -> Iterator[Signal]:
    for name in ("danger", "despair", "requests", "manners"):
        for row in _read(name):
            yield Signal(
                label=row["label"],
                name=row["name"],
                any=_phrases(row["any"], groups),
                along=_phrases(row.get("with", ()), groups),
                unless=_phrases(row.get("unless", ()), groups),
                muted_by=frozenset(row.get("muted_by", ("denied", "past", "asked"))),
            )


def _read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _phrases(written: Iterable[str], groups: dict[str, list[str]]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?<= )(?:{pattern(phrase, groups)})(?= )") for phrase in written)


def pattern(phrase: str, groups: dict[str, list[str]]) -> str:
    """A written phrase as a regular expression over plain text."""
    while (named := re.search(r"\{(\w+)\}", phrase)) is not None:
        phrase = phrase.replace(named.group(), "(" + "|".join(groups[named.group(1)]) + ")")
    phrase = re.sub(r"\((?!\?)", "(?:", phrase)
    phrase = re.sub(r"(?<!\\w)(?<=[a-z0-9])\*", "[a-z0-9,.]*", phrase)
    return re.sub(r" ?\.\.\. ?", lambda _: r"(?: (?!mais )[a-z0-9][a-z0-9,.]*){0,4} ", phrase)


_DENIED = re.compile(
    r" (pas|aucun|aucune|sans|ni|jamais|nullement)( (de|d|du|des|le|la|les|l|un|une|eu|eue|en|a|au"
    r"|y|ressenti|ressens|envie|signe|signes|idee|idees|pensee|pensees|avoir|fait|vraiment|mes|ses"
    r"|mon|ma|particulier|autre|autres|douleur|fievre|vomissement|vomissements|ou|et|non|plus"
    r"|gene|probleme|trouble|demande|demander|besoin|veux))* $"
)
_PAST = re.compile(
    r" ((en|depuis|de) (janvier |fevrier |mars |avril |mai |juin |juillet |aout )?(19|20)\d\d"
    r"|il y a (\w+ )?(an|ans|annee|annees|mois)|ya \w+ (an|ans|mois)|(l )?an dernier"
    r"|(l )?annee derniere|le mois dernier|quand j etais|autrefois|dans le passe|antecedents?"
    r"|a l epoque|depuis l enfance|apres (mon|son) (operation|infarctus|avc)|\d+ ans plus tot) "
)
_NOW = re.compile(
    r" (maintenant|en ce moment|ce soir|cette nuit|ce matin|tout de suite|a nouveau|de nouveau"
    r"|recommence\w*|reviennent|revient|revenue?s?|vient de|viens de|actuellement"
    r"|depuis (ce|cette|hier|une|deux|trois|tout|quelques|\d+) ?(heures?|minutes?|min|h|a l heure"
    r"|matin|nuit|soir|demi heure)?) "
)
_ASKED = re.compile(
    r" ((quels?|quelles?) (\w+ )?(sont|est|etaient)"
    r"|comment (reconnaitre|savoir|prevenir|eviter|bien)"
    r"|en cas (de|d)|risques? (de|d)|prevenir|eviter|effets? (secondaires?|indesirables?)"
    r"|(peur|crainte|angoisse) (de|d) (faire|avoir)|(peut|peuvent|pouvait|pourrait|pourraient)"
    r"( on| il| elle| ils| cela| ca)? (provoquer|causer|donner|entrainer|favoriser|augmenter)"
    r"|difference entre|quand faut il|existe t il|a partir de (quand|combien)) "
)
_THIRD = re.compile(
    r" ((s est|se sont|s etait) (suicide\w*|tue\w*|pendu\w*)|(suicide|mort) (de|d) (ma|mon|mes|son"
    r"|sa|un|une|notre|l)) "
)
