"""Decisions in the words of the person who reads them, each finding with its article."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.facts import PLATFORM
from audit.law import packs
from audit.law.codes import NO_GROUND
from audit.law.model import BILLABLE, BLOCK_INTAKE, SAID_LAST, Finding
from audit.law.words import NO_GROUND_REASON, finding_text
from audit.queries.decisions import latest_decision
from consults.queries import physician_facts
from consults.queries.threads import QuestionView
from consults.rules import may_claim

PLATFORM_ENTRIES = ("platform.judged", "platform.refused")
# Judging again replaces nothing in the log; people are shown what was said last.
GATE_ENTRIES = ("gate.passed", "gate.refused", "act.judged-again")


def said(rule: str, language: str, *, holds: bool | None, outcome: str) -> dict[str, Any]:
    """One finding in the words of the person who reads it, with its article."""
    words = finding_text(rule, language)
    return {
        "rule": rule,
        "code": words.code,
        "holds": holds,
        "outcome": outcome,
        "reason": words.reason,
        "article": words.article,
        "text": words.text,
        "doubtful": words.doubtful,
    }


def said_of(finding: Finding, language: str) -> dict[str, Any]:
    """A finding just made, said like a recorded one."""
    return said(finding.rule, language, holds=finding.holds, outcome=finding.outcome)


def verdict(subject: UUID, language: str) -> dict[str, Any] | None:
    """The last decision recorded on a question's charge, each finding with its article."""
    entry = latest_decision(subject, GATE_ENTRIES)
    return entry and _decision_said(entry, language)


def forecast(subject: UUID, language: str) -> dict[str, Any] | None:
    """What the law said when the question's quote was made, before any payment."""
    entry = latest_decision(subject, ("quote.issued",))
    return entry and _decision_said(entry, language)


def refused_words(view: QuestionView, language: str) -> dict[str, Any] | None:
    """Why a question was turned away, with the article. The log holds this sealed: a refusal at
    intake tells what was asked, so it is read from the question itself."""
    if not view.refused_by:
        return None
    return said(view.refused_by, language, holds=True, outcome="block_intake")


def _decision_said(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    decision = entry["decision"]
    findings = [
        said(one["rule"], language, holds=one.get("holds"), outcome=one["outcome"])
        for one in decision["fired"]
    ]
    charged = decision["outcome"] == BILLABLE
    refusing = [one for one in findings if one["outcome"] in ("block_intake", "not_billable")]
    refusing.sort(key=lambda one: one["rule"] in SAID_LAST)
    no_ground = NO_GROUND_REASON["en" if language.startswith("en") else "fr"]
    main = refusing or [one for one in findings if one["outcome"] == BILLABLE]
    return {
        "type": entry["type"],
        "at": entry["at"],
        "outcome": decision["outcome"],
        "charged": charged,
        "code": "" if charged else (refusing[0]["code"] if refusing else NO_GROUND),
        "reason": main[0]["reason"] if main else no_ground,
        "article": main[0]["article"] if main else "",
        "flags": decision["flags"],
        "findings": findings,
        "sealed": "sealed_fired" in decision,
        "pack": decision["pack"],
        "profile": decision["profile"],
    }


def eligibility_words(physician_id: UUID, now: datetime, language: str) -> list[dict[str, Any]]:
    """What stands between this physician and the queue at this moment; empty when nothing does."""
    decision = may_claim(
        facts=physician_facts(physician_id, now),
        at=now,
        profile=settings.PROFILE,
        pack=packs.load(),
    )
    return [said_of(finding, language) for finding in decision.refusing]


def platform(language: str) -> dict[str, Any] | None:
    """What was last said of the platform's own settings, with the facts it rests on."""
    entry = latest_decision(PLATFORM, PLATFORM_ENTRIES)
    if entry is None:
        return None
    decision = entry["decision"]
    blocked = decision["outcome"] == BLOCK_INTAKE
    findings = [
        said(one["rule"], language, holds=None, outcome=one["outcome"])
        for one in decision["fired"]
    ]
    facts = sorted(decision["facts"].items())
    return {
        "at": datetime.fromisoformat(entry["at"]),
        "blocked": blocked,
        "code": entry["data"]["code"],
        "findings": findings,
        "facts": [
            {"name": name, "value": fact["value"], "evidence": fact.get("evidence", "")}
            for name, fact in facts
        ],
        "pack": decision["pack"],
    }
