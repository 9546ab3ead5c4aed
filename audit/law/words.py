"""A finding said to people: the reason in their language, its article, where it was read."""

from dataclasses import dataclass
from functools import lru_cache

from audit.law import packs
from audit.law.codes import NO_GROUND, code_of
from audit.law.model import BILLABLE, BLOCK_INTAKE, Decision, Pack, Source

NO_GROUND_REASON = {
    "fr": "Rien, dans cet échange, ne permet de demander des honoraires : il est gratuit.",
    "en": "Nothing in this exchange allows a fee to be asked, so it is free.",
}


@dataclass(frozen=True, slots=True)
class FindingText:
    """What a page shows of one rule. `doubtful` when no source of it is confirmed."""

    rule: str
    code: str
    term: str
    reason: str
    article: str
    text: str
    sources: tuple[Source, ...]
    doubtful: bool


@lru_cache(maxsize=512)
def finding_text(rule_id: str, language: str = "fr", pack: Pack | None = None) -> FindingText:
    """The words of one rule in `fr` or `en`, other languages in French; KeyError if unknown."""
    held = pack or packs.load()
    rule = held.rule(rule_id)
    tongue = "en" if language.startswith("en") else "fr"
    return FindingText(
        rule=rule.id,
        code=code_of(rule.id),
        term=rule.term_fr,
        reason=rule.reason_en if tongue == "en" else rule.reason_fr,
        article=rule.article,
        text=held.texts[rule.text][f"title_{tongue}"],
        sources=rule.sources,
        doubtful=all("to be confirmed" in source.certainty for source in rule.sources),
    )


def refusal_code(decision: Decision) -> str:
    """The stable code of what stands most in the way; empty when nothing does."""
    if decision.refusing:
        return code_of(decision.refusing[0].rule)
    missing = "act" in decision.scopes and decision.outcome != BILLABLE
    return NO_GROUND if missing else ""


def reason(decision: Decision, language: str = "fr") -> str:
    """The one sentence that explains a decision: its gravest finding, else its ground."""
    if decision.refusing:
        return finding_text(decision.refusing[0].rule, language).reason
    for finding in decision.fired:
        if finding.outcome == BILLABLE:
            return finding_text(finding.rule, language).reason
    if decision.outcome == BLOCK_INTAKE or "act" in decision.scopes:
        return NO_GROUND_REASON["en" if language.startswith("en") else "fr"]
    return ""
