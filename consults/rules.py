"""What care may do, as pure decisions over facts: ask, claim, answer."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from audit.law.evaluator import judge
from audit.law.model import Decision, Fact, Pack
from consults.facts import Claims, words_of

INTAKE = ("intake",)
CONTRACT = ("physician", "contract")
ELIGIBILITY = ("physician", "contract", "standing")
SIGNING = ("physician", "contract", "standing", "signing")


def may_ask(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this request be taken in for written advice?"""
    return judge(facts=facts, scopes=INTAKE, at=at, profile=profile, pack=pack)


def alert_level(
    *,
    passed_on: Collection[str],
    waited: timedelta,
    patience: timedelta,
    present: int,
    uncalled: int,
) -> str:
    """To whom an alert goes that nobody has acknowledged: "" while the last called has time.

    The next physician on duty, then all of them, then the operator. Where nobody is on duty, or
    nobody is left to call, the operator hears of it without another level.
    """
    if "operator" in passed_on or (present and waited < patience):
        return ""
    if uncalled and "all" not in passed_on:
        return "all" if "next" in passed_on else "next"
    return "operator"


def may_activate(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this physician begin, or begin again: fit to practise, contract seen by the Order?"""
    return judge(facts=facts, scopes=CONTRACT, at=at, profile=profile, pack=pack)


def may_claim(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this physician take a question: registered, insured, contract seen by the Order?"""
    return judge(facts=facts, scopes=ELIGIBILITY, at=at, profile=profile, pack=pack)


def may_answer(*, facts: Mapping[str, Fact], at: datetime, profile: str, pack: Pack) -> Decision:
    """May this physician still give this answer? Asked again at the moment of signing."""
    return judge(facts=facts, scopes=SIGNING, at=at, profile=profile, pack=pack)


def same_person(*, name: str, birth_date: date, claims: Claims) -> bool:
    """Does a file say the same as an identity provider: birth date, a first name, the last name?

    A file may leave out further first names, and use the name that the provider gives as used;
    it adds no word of its own.
    """
    file, given = words_of(name), words_of(claims.given_name)
    first = words_of(claims.given_name.split(" ")[0])
    last = [words_of(one) for one in (claims.family_name, claims.used_name) if words_of(one)]
    known = given.union(*last)
    return (
        birth_date == claims.birth_date
        and bool(first)
        and first <= file <= known
        and any(one <= file for one in last)
    )
