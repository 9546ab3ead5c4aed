"""Read the dated texts under `texts/` into one pack, hashed and checked row by row.

One JSON file per legal text: `{"text", "title_fr", "title_en", "rules": [row, ...]}`. A file is
append-only: a correction closes a row with `recorded_until` and adds a new one of the same id.

`canonical_bytes(pack)` is the whole pack as one JSON object, ASCII, keys sorted, separators `,`
and `:`, which the offline verifier reads; its sha256 is `pack.ref.sha256`:

    {"id": "teleconseil-fr", "version": "...",
     "facts": {name: {"type": "bool|int|enum|datetime", "values": [...], "established_by": "...",
                      "sensitive": bool}},
     "profiles": {name: {"statuses": [...]|null, "off_prefixes": [...], "always_scopes": [...]}},
     "texts": {key: {"title_fr": "...", "title_en": "..."}},
     "rules": [{"id", "text", "article", "scope", "legal_status", "term_fr", "sentence_en",
                "effective_from", "effective_until", "recorded_from", "recorded_until",
                "when", "outcome", "on_unknown", "reason_fr", "reason_en", "facts",
                "sources": [{"ref", "certainty"}], "note"}, ...]}     sorted by id, recorded_from

Dates are `YYYY-MM-DD` or null. `when` is `{"all": [...]}`, `{"any": [...]}` or `{"fact", "op",
"value"}` with op in eq, ne, lt, ge, gt, in (value a list), gt_fact (value the name of a fact).
A profile asks a rule when its scope is in `always_scopes`, or else when the id starts with none
of `off_prefixes` and `statuses` is null or holds the rule's `legal_status`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from audit.law import dictionary
from audit.law.checks import PackError, checked_row, overlapping
from audit.law.model import Pack, PackRef, Profile, Rule, Source

FOLDER = Path(__file__).parent / "texts"
PACK_ID = "teleconseil-fr"
VERSION = "2026.11.22.6"  # raised with every change of a text: five bore "2026.11.22"
# A profile decides billing: intake and the house's own rules run under every one.
ALWAYS = ["gate", "intake", "promise", "signing", "standing", "words"]
PROFILES: dict[str, dict[str, Any]] = {
    # The Order's position of February 2016 counts as a ground, always flagged.
    "cnom2016": {"statuses": None, "off_prefixes": [], "always_scopes": ALWAYS},
    # No ground that rests on that position: written advice is always free.
    "strict": {
        "statuses": None,
        "off_prefixes": ["ground-cnom", "ground-on-call"],
        "always_scopes": ALWAYS,
    },
    # Only what binds.
    "law-only": {
        "statuses": ["binding_law", "convention", "regulation"],
        "off_prefixes": [],
        "always_scopes": ALWAYS,
    },
}


def load(folder: Path | None = None) -> Pack:
    """The pack made of every text in the folder; PackError names file, rule and reason."""
    return _load(folder or FOLDER)


@lru_cache(maxsize=8)
def _load(folder: Path) -> Pack:
    facts = dictionary.load()
    texts: dict[str, dict[str, str]] = {}
    rows: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for row, head in _rows(path):
            texts[row["text"]] = head
            rows.append(checked_row(row, file=path.name, facts=facts))
            files[row["id"]] = path.name
    if not rows:
        raise PackError(str(folder), "-", "no dated text here")
    rows.sort(key=lambda row: (row["id"], row["recorded_from"]))
    for rule_id in overlapping(rows):
        raise PackError(files[rule_id], rule_id, "two rows apply on the same day")
    return from_body(
        {
            "id": PACK_ID,
            "version": VERSION,
            "facts": {name: dictionary.as_json(kind) for name, kind in sorted(facts.items())},
            "profiles": PROFILES,
            "texts": texts,
            "rules": rows,
        }
    )


def from_body(body: Mapping[str, Any]) -> Pack:
    """A pack from its whole JSON body, as `canonical_bytes` writes it."""
    ref = PackRef(body["id"], body["version"], hashlib.sha256(_canonical(body)).hexdigest())
    return Pack(
        ref=ref,
        rules=tuple(_rule(row) for row in body["rules"]),
        facts={name: dictionary.from_json(name, kind) for name, kind in body["facts"].items()},
        profiles={name: _profile(name, row) for name, row in body["profiles"].items()},
        texts=body["texts"],
        body=body,
    )


def canonical_bytes(pack: Pack) -> bytes:
    """The pack as the bytes that are hashed and handed to the offline verifier."""
    return _canonical(pack.body)


def _canonical(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _rows(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Each row of one file with the head of its text."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise PackError(path.name, "-", f"not JSON: {error}") from None
    if not isinstance(read, dict) or set(read) != {"text", "title_fr", "title_en", "rules"}:
        raise PackError(path.name, "-", "needs exactly text, title_fr, title_en and rules")
    if read["text"] != path.stem:
        raise PackError(path.name, "-", f"the file of {read['text']} has another name")
    head = {"title_fr": read["title_fr"], "title_en": read["title_en"]}
    for row in read["rules"]:
        if not isinstance(row, dict):
            raise PackError(path.name, "-", "a rule is an object")
        yield {**row, "text": read["text"]}, head


def _rule(row: Mapping[str, Any]) -> Rule:
    dates = {
        name: date.fromisoformat(row[name]) if row[name] else None
        for name in ("effective_from", "effective_until", "recorded_until")
    }
    return Rule(
        **{
            **row,
            **dates,
            "recorded_from": date.fromisoformat(row["recorded_from"]),
            "facts": tuple(row["facts"]),
            "sources": tuple(Source(**source) for source in row["sources"]),
        }
    )


def _profile(name: str, row: Mapping[str, Any]) -> Profile:
    return Profile(
        name=name,
        statuses=None if row["statuses"] is None else frozenset(row["statuses"]),
        off_prefixes=tuple(row["off_prefixes"]),
        always_scopes=frozenset(row["always_scopes"]),
    )
