"""How entries, decisions and money are put into words for a reviewer."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from audit.law.words import finding_text
from audit.queries.replays import Replayed
from audit.queries.trail import TrailEntry
from audit.views.facts import ACTORS, facts_of
from audit.views.kinds import KINDS

ENDS: dict[str, Any] = {
    "billed": gettext_lazy("Honoraires dus"),
    "free": gettext_lazy("Gratuite"),
    "refused": gettext_lazy("Refusée"),
    "open": gettext_lazy("En cours"),
}
BADGES = {"billed": "good", "free": "info", "refused": "bad", "open": "quiet"}
PARTIES: dict[str, Any] = {
    "honoraires": gettext_lazy("Honoraires du médecin"),
    "platform": gettext_lazy("Frais de plateforme"),
}
OUTCOMES: dict[str, tuple[str, Any]] = {
    "billable": ("charged", gettext_lazy("Des honoraires peuvent être demandés")),
    "not_billable": ("free", gettext_lazy("Aucun honoraire ne peut être demandé")),
    "block_intake": ("refused", gettext_lazy("L’acte est refusé")),
}
HOLDS = {"billable": True, "not_billable": False, "block_intake": False}


def kind_name(kind: str) -> str:
    """Return what an entry type is called, or the type itself."""
    return str(KINDS.get(kind, kind))


def pseudonym(subject: UUID) -> str:
    """Return a short name for a random number: the same person never has two questions' names."""
    return f"Q-{subject.hex[:4]}-{subject.hex[4:8]}".upper()


@dataclass(frozen=True)
class ShownEntry:
    """One entry as the page shows it."""

    index: int | None
    n: int | None
    scope: str
    type: str
    name: str
    at: Any
    actor: str
    body: str
    verdict: dict[str, Any] | None
    sealed: int
    facts: list[dict[str, Any]] = field(default_factory=list)
    silent: tuple[str, ...] = ()
    replay: Replayed | None = None
    holds: bool | None = None
    path: tuple[str, ...] = ()
    checked: bool = False


def shown(
    entry: TrailEntry,
    *,
    checked: bool = False,
    holds: bool | None = None,
    path: Sequence[bytes] = (),
    replay: Replayed | None = None,
) -> ShownEntry:
    """Put one entry into words; with `checked`, what its proof said; with `replay`, that."""
    actor = entry.said["actor"]
    kind = str(ACTORS.get(actor.get("kind", ""), actor.get("kind", "")))
    own = str(actor.get("id", ""))[:8]
    return ShownEntry(
        index=entry.index,
        n=entry.n,
        scope=entry.scope,
        type=entry.type,
        name=kind_name(entry.type),
        at=entry.at,
        actor=kind if actor.get("kind") == "system" else f"{kind} {own}",
        body=json.dumps(entry.said, indent=2, ensure_ascii=False, sort_keys=True),
        verdict=verdict(entry.decision),
        sealed=sealed_count(entry.decision),
        facts=facts_of(entry.decision),
        silent=tuple((entry.decision or {}).get("silent", ())),
        replay=replay,
        checked=checked,
        holds=holds,
        path=tuple(node.hex() for node in path),
    )


def sealed_count(decision: dict[str, Any] | None) -> int:
    """Count the facts of a decision that the log only commits to."""
    return sum("sealed" in fact for fact in (decision or {}).get("facts", {}).values())


def verdict(decision: dict[str, Any] | None) -> dict[str, Any] | None:
    """Put a recorded decision into the words of its rules, with their articles."""
    if decision is None:
        return None
    kind, title = OUTCOMES[decision["outcome"]]
    fired = {one["outcome"] for one in decision["fired"]}
    if "act" not in decision["scopes"] and not fired & {"not_billable", "block_intake"}:
        # No fee was asked about: at intake or before a claim, silence means that all is well.
        kind, title = "charged", gettext_lazy("Rien ne s’y oppose")
    if decision["scopes"] == ["platform"] and kind == "refused":
        title = gettext_lazy("Ces réglages sont refusés")
    pack = decision["pack"]
    return {
        "kind": kind,
        "title": title,
        "says": _("Jugé selon %(pack)s, version %(version)s, profil %(profile)s.")
        % {"pack": pack["id"], "version": pack["version"], "profile": decision["profile"]},
        "findings": [finding(one["rule"], one["outcome"]) for one in decision["fired"]],
    }


def finding(rule: str, outcome: str) -> dict[str, Any]:
    """Put one recorded finding into words; an unknown rule keeps its id."""
    try:
        words = finding_text(rule, get_language() or "fr")
        text, article = words.reason, words.article
    except KeyError:
        text, article = rule, ""
    return {"holds": HOLDS.get(outcome), "text": text, "article": article, "rule": rule}


@dataclass
class Money:
    """What the entries say of the two payments: quoted, held or charged, and posted."""

    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


def money(entries: Iterable[TrailEntry]) -> Money:
    """Gather the money of a question from its entries alone."""
    said = Money()
    for entry in entries:
        data = entry.data
        if entry.type == "quote.issued":
            for party, name in PARTIES.items():
                cents = data.get(f"{party}_cents", 0)
                said.lines[party] = {"name": name, "quoted": cents, "state": "", "charged": 0}
        elif entry.type.startswith("leg.") and data.get("party") in said.lines:
            line = said.lines[data["party"]]
            line["state"] = kind_name(entry.type)
            if entry.type in ("leg.captured", "leg.acquitted"):
                line["charged"] = data.get("captured_cents") or data.get("cents", 0)
        said.rows.extend(data.get("journal", []))
    return said
