"""What care may do, as pure decisions over facts: ask, claim, answer."""

from collections.abc import Mapping
from datetime import datetime

from audit.law.evaluator import judge
from audit.law.model import Decision, Fact, Pack

INTAKE = ("intake",)
ELIGIBILITY = ("physician", "contract")


def may_ask(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this request be taken in for written advice?"""
    return judge(facts=facts, scopes=INTAKE, at=at, profile=profile, pack=pack)


def may_claim(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this physician take a question: registered, insured, contract seen by the Order?"""
    return judge(facts=facts, scopes=ELIGIBILITY, at=at, profile=profile, pack=pack)


def may_answer(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this physician still answer? Asked again at the moment of signing."""
    return judge(facts=facts, scopes=ELIGIBILITY, at=at, profile=profile, pack=pack)
