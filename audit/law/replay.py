"""Judge a recorded decision again under another pack, as far as its open facts allow.

What is sealed stays sealed: a rule that reads a sealed fact is taken to say again what it said,
which the recorded outcome bounds. Where that leaves two answers, the replay says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, combinations
from typing import Any
from uuid import UUID

from audit.law.evaluator import (
    PARIS,
    Ready,
    findings,
    judge,
    outcome_of,
    rules_in_force,
    values_known,
)
from audit.law.model import (
    BILLABLE,
    BLOCK_INTAKE,
    NOT_BILLABLE,
    Decision,
    Fact,
    Finding,
    Pack,
    Rule,
)

TELLING = (BLOCK_INTAKE, NOT_BILLABLE, BILLABLE)


@dataclass(frozen=True, slots=True)
class Replay:
    """What another pack would have said: `outcome` is None where sealed facts leave it open."""

    recorded: str
    outcome: str | None
    changed: tuple[str, ...]

    @property
    def flips(self) -> bool:
        """Whether the outcome would surely have been another."""
        return self.outcome is not None and self.outcome != self.recorded


def judged_again(decision: Mapping[str, Any], pack: Pack) -> Decision:
    """A recorded decision, all of its facts open, judged again by the pack it names.

    The answer bears the recorded id, so that an identical replay is an equal value.
    """
    return judge(
        facts=facts_of(decision),
        scopes=decision["scopes"],
        at=datetime.fromisoformat(decision["at"]),
        profile=decision["profile"],
        pack=pack,
        id=UUID(decision["id"]),
    )


def facts_of(decision: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts of a recorded decision, all of them open."""
    return {name: _fact(row) for name, row in decision["facts"].items()}


def replayed(decision: Mapping[str, Any], pack: Pack, *, was: Pack) -> Replay:
    """A decision as its entry carries it, judged by `pack` instead of `was`.

    `changed` names the open rules that would have said something else.
    """
    sealed = {name for name, fact in decision["facts"].items() if "sealed" in fact}
    now = dict(_said(decision, pack, sealed))
    before = {row["rule"]: row["outcome"] for row in decision["fired"]}
    changed = {rule for rule in {*now, *before} if now.get(rule) != before.get(rule)}
    if sealed and _reading(pack, sealed) != _reading(was, sealed):
        possible = {outcome_of([*now.values(), *hidden]) for hidden in _every()}
    else:
        possible = {
            outcome_of([*now.values(), *hidden])
            for hidden in (_every() if sealed else [()])
            if not sealed or outcome_of([*before.values(), *hidden]) == decision["outcome"]
        }
    outcome = possible.pop() if len(possible) == 1 else None
    return Replay(decision["outcome"], outcome, tuple(sorted(changed)))


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule, or the `outcome`, that says something else than what was recorded."""

    what: str
    recorded: str
    again: str


SILENT, NOT_ASKED = "silent", "not asked"


def compared(decision: Mapping[str, Any], pack: Pack) -> list[Difference]:
    """Where a recorded decision, judged again by its own pack, is another; empty when nowhere.

    Rules that read a sealed fact are left as they were recorded: hidden.
    """
    sealed = {name for name, fact in decision["facts"].items() if "sealed" in fact}
    fired, silent = _findings(decision, pack, sealed)
    again = {finding.rule: finding.outcome for finding in fired} | dict.fromkeys(silent, SILENT)
    before = {row["rule"]: row["outcome"] for row in decision["fired"]}
    before |= dict.fromkeys(decision["silent"], SILENT)
    found = [
        Difference(rule, before.get(rule, NOT_ASKED), again.get(rule, NOT_ASKED))
        for rule in sorted({*before, *again})
        if before.get(rule) != again.get(rule)
    ]
    outcome = replayed(decision, pack, was=pack).outcome
    if outcome != decision["outcome"] and not (sealed and outcome is None):
        found.append(Difference("outcome", decision["outcome"], outcome or "-"))
    return found


def _said(decision: Mapping[str, Any], pack: Pack, sealed: set[str]) -> Iterator[tuple[str, str]]:
    """(rule, outcome) of every open rule that fires."""
    return ((one.rule, one.outcome) for one in _findings(decision, pack, sealed)[0])


def _findings(
    decision: Mapping[str, Any], pack: Pack, sealed: set[str]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """What fired and what stayed silent among the rules that read no sealed fact."""
    at = datetime.fromisoformat(decision["at"])
    asked = rules_in_force(
        pack, tuple(decision["scopes"]), at.astimezone(PARIS).date(), decision["profile"], None
    )
    opened: list[Ready] = [ready for ready in asked if not ready.facts & sealed]
    facts = {name: _fact(fact) for name, fact in decision["facts"].items() if name not in sealed}
    return findings(opened, values_known(facts, at))


def _fact(row: Mapping[str, Any]) -> Fact:
    until = row.get("valid_until")
    return Fact(
        row["value"],
        row["source"],
        row.get("evidence"),
        datetime.fromisoformat(until) if until else None,
    )


def _reading(pack: Pack, names: set[str]) -> set[tuple[Any, ...]]:
    """The rules that read these facts, as far as they decide."""
    return {_deciding(rule) for rule in pack.rules if names & set(rule.facts)}


def _deciding(rule: Rule) -> tuple[Any, ...]:
    dates = (rule.effective_from, rule.effective_until, rule.recorded_from, rule.recorded_until)
    return (rule.id, rule.scope, rule.legal_status, *dates, repr(dict(rule.when)), rule.outcome,
            rule.on_unknown)  # fmt: skip


def _every() -> Iterable[tuple[str, ...]]:
    """Every combination of outcomes that sealed findings may have added."""
    return chain.from_iterable(combinations(TELLING, size) for size in range(len(TELLING) + 1))
