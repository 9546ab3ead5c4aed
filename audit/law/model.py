"""Facts in, findings and a decision out: the frozen values that the whole house shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

Value = bool | int | str
Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

BLOCK_INTAKE = "block_intake"
NOT_BILLABLE = "not_billable"
FLAG_REVIEW = "flag_review"
BILLABLE = "billable"
IGNORE = "ignore"
OUTCOMES = (BLOCK_INTAKE, NOT_BILLABLE, FLAG_REVIEW, BILLABLE)
SOURCES = ("patient", "physician", "registry", "operator", "system")
# What `judge` asks when nothing else is said: the scopes of the published rulebook.
PUBLISHED_SCOPES = ("act", "intake", "physician", "contract", "offer", "platform")
# `notice` judges remote checks; `signing` holds the house rule asked when an answer is, `gate`
# those read together with the act, `standing` those on a physician's career here, `words` those
# on what the public is told, `promise` the one on an answer within minutes.
SCOPES = (*PUBLISHED_SCOPES, "notice", "signing", "gate", "standing", "words", "promise")

# Whatever else is refused, these are said first.
SAID_FIRST = frozenset({"suicide-redirect", "emergency-redirect"})
# What only follows from another refusal is never the reason that is given.
SAID_LAST = frozenset({"platform-fee-follows-the-act"})


def instant(moment: datetime) -> str:
    """An aware moment as the one spelling used in entries: UTC, microseconds, `Z`."""
    assert moment.tzinfo is not None, "a moment without its zone"
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known, who says so, by what evidence, and until when (exclusive)."""

    value: Value
    source: str
    evidence: str | None = None
    valid_until: datetime | None = None

    def as_json(self) -> dict[str, Json]:
        """The fact as an entry carries it; absent parts are left out."""
        body: dict[str, Json] = {"value": self.value, "source": self.source}
        if self.evidence is not None:
            body["evidence"] = self.evidence
        if self.valid_until is not None:
            body["valid_until"] = instant(self.valid_until)
        return body


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was read, and how sure we are of it."""

    ref: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a dated text: when it applies, what it asks, what follows."""

    id: str
    text: str
    article: str
    scope: str
    legal_status: str
    term_fr: str
    sentence_en: str
    effective_from: date | None
    effective_until: date | None
    recorded_from: date
    recorded_until: date | None
    when: Mapping[str, Any]
    outcome: str
    on_unknown: str
    reason_fr: str
    reason_en: str
    facts: tuple[str, ...]
    sources: tuple[Source, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """Which rules count: legal statuses (None for all), rules off by prefix, scopes never off."""

    name: str
    statuses: frozenset[str] | None
    off_prefixes: tuple[str, ...]
    always_scopes: frozenset[str]

    def counts(self, rule: Rule) -> bool:
        """Whether the rule is asked under this profile."""
        if rule.scope in self.always_scopes:
            return True
        if rule.id.startswith(self.off_prefixes):
            return False
        return self.statuses is None or rule.legal_status in self.statuses


@dataclass(frozen=True, slots=True)
class PackRef:
    """Which pack said so: enough to find it again and to notice that it changed."""

    id: str
    version: str
    sha256: str

    def as_json(self) -> dict[str, Json]:
        return {"id": self.id, "version": self.version, "sha256": self.sha256}


@dataclass(frozen=True)
class Pack:
    """All rules, facts and profiles of one version; equal when its hash is."""

    ref: PackRef
    rules: tuple[Rule, ...] = field(compare=False)
    facts: Mapping[str, "FactType"] = field(compare=False)
    profiles: Mapping[str, Profile] = field(compare=False)
    texts: Mapping[str, Mapping[str, str]] = field(compare=False)
    body: Mapping[str, Any] = field(compare=False, repr=False)

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id as known today; KeyError when there is none."""
        rows = [rule for rule in self.rules if rule.id == rule_id]
        if not rows:
            raise KeyError(rule_id)
        return max(rows, key=lambda row: (row.recorded_until is None, row.recorded_from))


@dataclass(frozen=True, slots=True)
class FactType:
    """What a fact may hold, who establishes it, and whether the public log may show it."""

    name: str
    type: str
    values: tuple[str, ...]
    established_by: str
    sensitive: bool

    def admits(self, value: object) -> bool:
        """Whether the value has the type of this fact; a closed list of values is a hint only."""
        if self.type == "bool":
            return isinstance(value, bool)
        if self.type == "int":
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, str)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule said: it holds, it does not, or (None) a fact that it needs is unknown.

    `outcome` is what follows for this act: the rule's own outcome, what it says of the unknown,
    or `pass`. `because` names the facts read. `text` is the reason in French, as shown.
    """

    rule: str
    text: str
    holds: bool | None
    because: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate, the sentence shown to people and the log entry, in one value.

    `at` is the instant of the act (aware). Judging again makes another decision, another `id`.
    """

    id: UUID
    scopes: tuple[str, ...]
    profile: str
    at: datetime
    outcome: str
    flags: tuple[str, ...]
    fired: tuple[Finding, ...]
    silent: tuple[str, ...]
    pack: PackRef
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def allowed(self) -> bool:
        """True when nothing blocks, and, if the act was asked about, when it may be billed."""
        if "act" in self.scopes:
            return self.outcome == BILLABLE
        return self.outcome != BLOCK_INTAKE

    @property
    def refusing(self) -> tuple[Finding, ...]:
        """The findings that stand in the way: danger first, then the gravest, then the known."""
        grave = [f for f in self.fired if f.outcome in (BLOCK_INTAKE, NOT_BILLABLE)]
        return tuple(
            sorted(
                grave,
                key=lambda f: (
                    f.rule not in SAID_FIRST,
                    f.rule in SAID_LAST,
                    OUTCOMES.index(f.outcome),
                    f.holds is not True,
                ),
            )
        )

    def as_json(self) -> dict[str, Json]:
        """The decision as an entry carries it, before anything sensitive is sealed."""
        return {
            "id": str(self.id),
            "scopes": list(self.scopes),
            "profile": self.profile,
            "pack": self.pack.as_json(),
            "at": instant(self.at),
            "facts": {name: fact.as_json() for name, fact in sorted(self.facts.items())},
            "outcome": self.outcome,
            "flags": list(self.flags),
            "fired": [{"rule": f.rule, "outcome": f.outcome} for f in self.fired],
            "silent": list(self.silent),
        }
