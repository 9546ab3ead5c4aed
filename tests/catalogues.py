"""Brings both catalogues up to date: `python -m tests.catalogues`, then fill in what it names.

English: new sentences are added with an empty translation, forgotten ones go. French: the
sentences are French already; the catalogue only sets them so that no line breaks badly. Both
are compiled, and the sentences of mails and of every page's frame go to the texts that the
register approves. Needs GNU gettext (`apt-get install gettext`).
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consults import states
from tests.words import ROOT, interface, typeset

TEXTS = ROOT / "broker" / "texts"
LOCALE = ROOT / "config" / "locale"
HEAD = """# {says}
msgid ""
msgstr ""
"Project-Id-Version: teleconseil\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural={plural};\\n\""""
ENGLISH = HEAD.format(
    says="English of the product; the sentences themselves are French.",
    language="en",
    plural="(n != 1)",
)
FRENCH = HEAD.format(
    says="The sentences are French already; here they get the spaces that keep a line whole.",
    language="fr",
    plural="(n > 1)",
)


def source(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def field(name: str, block: str) -> str | None:
    """A field of one entry, its lines joined; None when the entry has none."""
    found = re.search(rf'^{re.escape(name)} ((?:"(?:[^"\\]|\\.)*"\n?)+)', block, re.M)
    if found is None:
        return None
    return "".join(json.loads(line) for line in found.group(1).splitlines())


def entry(block: str, singular: str, plural: str | None) -> str:
    """One entry with these texts."""
    lines = [line for line in block.splitlines() if line.startswith("#,") and "format" in line]
    lines = [line.replace("fuzzy, ", "") for line in lines]
    lines.append(f"msgid {quoted(field('msgid', block) or '')}")
    if plural is None:
        return "\n".join([*lines, f"msgstr {quoted(singular)}"])
    lines.append(f"msgid_plural {quoted(field('msgid_plural', block) or '')}")
    return "\n".join([*lines, f"msgstr[0] {quoted(singular)}", f"msgstr[1] {quoted(plural)}"])


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@contextmanager
def marked_sentences() -> Iterator[None]:
    """The sentences of pure modules, which cannot mark them themselves, in a file for a while."""
    said = [*states.RED_FLAGS.values(), *states.ERRORS.values()]
    path = ROOT / "consults" / "marked_sentences.py"
    path.write_text("".join(f"gettext_noop({sentence!r})\n" for sentence in said))
    try:
        yield
    finally:
        path.unlink()


def bring_up_to_date() -> list[str]:
    """Rewrites and compiles both catalogues; gives the sentences without their English."""
    gather = "makemessages -l en --no-location --no-obsolete --no-wrap -i build -i tests"
    settings = ["--settings", "config.settings", "--pythonpath", "."]
    with marked_sentences():
        subprocess.run(
            [sys.executable, "-m", "django", *gather.split(), *settings], cwd=ROOT, check=True
        )
    english, french, missing = [ENGLISH], [FRENCH], []
    for block in source("en").read_text().split("\n\n")[1:]:
        said, plural = field("msgid", block), field("msgid_plural", block)
        if not said:
            continue
        kept = "" if "#, fuzzy" in block else field("msgstr", block) or field("msgstr[0]", block)
        text = said if not said.strip() else kept or ""
        many = None if plural is None else (field("msgstr[1]", block) or "")
        missing += [said] if not text or many == "" else []
        english.append(entry(block, text, many))
        if typeset(said) != said or (plural and typeset(plural) != plural):
            french.append(entry(block, typeset(said), typeset(plural) if plural else None))
    for language, blocks in (("en", english), ("fr", french)):
        path = source(language)
        path.write_text("\n\n".join(blocks) + "\n")
        command = ["msgfmt", "--check-format", "-o", path.with_suffix(".mo"), path]
        subprocess.run(command, check=True)
    for language, text in interfaces().items():
        (TEXTS / language / "interface.md").write_text(text)
    return missing


def interfaces() -> dict[str, str]:
    """What mails and the frame of the pages say, by language, as the register takes it."""
    said = {
        field("msgid", block) or "": field("msgstr", block) or ""
        for block in source("en").read_text().split("\n\n")
    }
    return {"fr": interface(), "en": interface(said)}


if __name__ == "__main__":
    for sentence in bring_up_to_date():
        sys.stdout.write(f"no English yet: {sentence}\n")
