"""Everything that the product says is held to the rules that offers are held to, in two languages.

Left out on purpose: the demonstration's scenes and people, which show what is refused; the README,
which names what is forbidden in order to explain it; the titles of legal texts; identifiers.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.law import packs
from broker.queries.texts import shipped
from broker.rules import may_be_said
from broker.screen import HEARD, heard_in, text_facts
from tests.catalogues import field, source
from tests.words import ROOT, sentences

LEFT_OUT = ("broker/story/", "config/demo/", "config/templates/demo.html")
WORDS = [
    json.loads(line) for line in (ROOT / "tests/data/public-words.jsonl").read_text().splitlines()
]
QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'|`([^`]*)`')
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def said() -> Iterator[tuple[str, str]]:
    """(where, sentence) for all that people can read."""
    demonstration = set()
    for sentence, files in sentences().items():
        kept = [name for name in files if not name.startswith(LEFT_OUT)]
        if kept:
            yield kept[0], sentence
        else:
            demonstration.add(sentence)
    for block in source("en").read_text().split("\n\n"):
        if field("msgid", block) not in demonstration:
            for name in ("msgstr", "msgstr[0]", "msgstr[1]"):
                yield "the English catalogue", field(name, block) or ""
    for one in shipped():
        yield f"broker/texts/{one.language}/{one.key}.md", one.body
    for rule in packs.load().rules:
        yield rule.id, rule.reason_fr
        yield rule.id, rule.reason_en
    yield from in_json(ROOT / "audit/law/sources.json")
    for path in sorted(ROOT.glob("*/static/**/*.js")):
        for match in QUOTED.finditer(path.read_text()):
            yield path.name, next(part for part in match.groups() if part is not None)
    for path in sorted(ROOT.glob("*/templates/**/*")):
        if path.is_file() and not path.relative_to(ROOT).as_posix().startswith(LEFT_OUT):
            # Words that stand in a template without going through gettext.
            bare = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", " ", path.read_text(), flags=re.S)
            yield path.relative_to(ROOT).as_posix(), bare


def in_json(path: Path) -> Iterator[tuple[str, str]]:
    """Each sentence of a JSON file; what has no space is an identifier."""
    for match in QUOTED.finditer(path.read_text()):
        if match[1] and " " in match[1]:
            yield path.name, match[1]


def test_nothing_that_is_said_claims_cover_a_bargain_a_paper_or_that_nobody_answers():
    claims = {
        (where, sentence): heard for where, sentence in said() if (heard := heard_in(sentence))
    }
    assert claims == {}


def test_the_walk_reads_pages_mails_reasons_scripts_and_translations():
    where = {place.split("/")[0] if "/" in place else place for place, _ in said()}
    assert {"broker", "config", "audit", "billing", "the English catalogue"} <= where
    assert {"thread.js", "sources.json", "no-claim-of-reimbursement"} <= where
    assert sum(1 for _ in said()) > 1500


@pytest.mark.parametrize("one", WORDS, ids=lambda one: one["text"][:50])
def test_what_a_text_claims_is_heard_and_what_it_denies_is_not(one):
    heard = heard_in(one["text"])
    if one["says"]:
        assert set(one["says"]) <= set(heard)
    else:
        assert heard == {}


def test_every_bad_text_is_stopped_by_a_rule_of_today_and_no_good_one_is():
    counts = {True: 0, False: 0}
    for one in WORDS:
        decision = may_be_said(facts=text_facts(one["text"]), at=NOW, pack=packs.load())
        # A name in an advertisement is judged by its praise; since 2020 a name alone is allowed.
        allowed_now = set(one["says"]) == {"is_advertising_for_physician"}
        stopped = bool(decision.flags) or not decision.allowed
        assert stopped == bool(one["says"] and not allowed_now), one
        counts[bool(one["says"])] += 1
    assert counts[True] >= 25 and counts[False] >= 25


def test_every_claim_has_examples_both_ways():
    assert {fact for one in WORDS for fact in one["says"]} == set(HEARD)


@pytest.mark.parametrize(
    ("plain", "disguised"),
    [
        ("Remboursé", "R E M B O U R S É"),
        ("Remboursé", "rem<b>bour</b>sé"),
        ("Remboursé", "ʀembоursé".replace("ʀ", "r")),
        ("Remboursé", "REMBOURSE"),
        ("Remboursé", "rem\u00adbour\u200bsé"),
        ("Gratuit pour tous", "Gratuit\u00a0pour\u202ftous"),
        ("Ceci n’est pas un avis médical", "Ceci n'est<br>pas un <i>avis</i> médical"),
        ("Avis vérifiés", "AVIS VE\u0301RIFIE\u0301S"),
    ],
)
def test_a_disguise_changes_nothing(plain, disguised):
    assert heard_in(plain) and set(heard_in(plain)) <= set(heard_in(disguised))
