"""Every French sentence has its English, and no compiled catalogue is older than its source.

`python -m tests.catalogues` brings both up to date.
"""

import ast
import gettext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.words import ROOT, sentences, typeset

LOCALE = ROOT / "config" / "locale"


@dataclass
class Said:
    """One entry of a .po file."""

    singular: str = ""
    plural: str = ""
    texts: dict[int, str] = field(default_factory=dict)


def folder(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES"


def written(language: str) -> list[Said]:
    """The entries of the .po file, its header left out."""
    entries: list[Said] = []
    keyword = ""
    for line in (folder(language) / "django.po").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith('"'):
            keyword, line = line.split(" ", 1)
            if keyword == "msgid":
                entries.append(Said())
        text = ast.literal_eval(line)
        if keyword == "msgid":
            entries[-1].singular += text
        elif keyword == "msgid_plural":
            entries[-1].plural += text
        else:
            number = int(keyword[7:-1]) if keyword.startswith("msgstr[") else 0
            entries[-1].texts[number] = entries[-1].texts.get(number, "") + text
    return [entry for entry in entries if entry.singular]


def compiled(language: str) -> dict[str, str]:
    """Sentence -> text of the .mo file, plurals under their own sentence."""
    with (folder(language) / "django.mo").open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog
    found = {key: text for key, text in catalogue.items() if isinstance(key, str)}
    for entry in written(language):
        if entry.plural:
            found[entry.singular] = catalogue.get((entry.singular, 0), "")
            found[entry.plural] = catalogue.get((entry.singular, 1), "")
    return found


def test_every_sentence_is_translated():
    english = compiled("en")
    untold = {said: where for said, where in sentences().items() if not english.get(said)}
    assert untold == {}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_compiled_catalogue_is_current(language):
    held = compiled(language)
    stale = [
        entry
        for entry in written(language)
        if held.get(entry.singular) != entry.texts[0]
        or (entry.plural and held.get(entry.plural) != entry.texts[1])
    ]
    assert stale == []


def test_no_french_line_breaks_before_its_punctuation():
    french = compiled("fr")
    loose = {said for said in sentences() if french.get(said, said) != typeset(said)}
    assert loose == set()
