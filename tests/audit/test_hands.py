"""Stories of who claims, who answers and whom the quote pays: one physician, or refused."""

from uuid import UUID

import pytest

from tests.audit.forge import entry
from tests.audit.test_money_ties import both
from tests.audit.test_verifier import (
    admitted,
    bent,
    data,
    in_log,
    is_refused,
    is_verified,
)

SUBJECT = UUID(int=1)
CLAIMED, ANSWERED, PASSED = 4, 6, 7


def by(n, rpps):
    return lambda es: data(es, n).update(physician_rpps=rpps)


def untold(n):
    return lambda es: data(es, n).pop("physician_rpps")


def claimed_first_by(rpps):
    """Somebody claims it, gives it back, and the story goes on from the queue."""
    return lambda es: es.__setitem__(slice(CLAIMED, CLAIMED), [
        entry("question.claimed", SUBJECT, data={"physician_rpps": rpps}, decision=admitted()),
        entry("question.unclaimed", SUBJECT, data={"reason": "declined"}),
    ])  # fmt: skip


def uncharged(entries):
    """The gate refuses, and nothing is taken."""
    said = {"quote": "q1", "answer": "answer-q1", "releases": []}
    made = in_log(on_call_duty=False)[0]
    entries[PASSED:] = [entry("gate.refused", SUBJECT, data=said, decision=made)]


HONEST = {
    "the physician of the quote claims and answers": lambda es: None,
    "a question given back and claimed again by the same": claimed_first_by("1"),
    "a question that another gave back": claimed_first_by("2"),
    "an answer that nobody is charged for": uncharged,
}


@pytest.mark.parametrize("what", HONEST)
def test_an_answer_of_the_physician_who_was_quoted_is_verified(tmp_path, what):
    is_verified(tmp_path, bent(HONEST[what]))


FORGED = {
    "a charge in the name of one for the answer of another": (
        both(by(CLAIMED, "2"), by(ANSWERED, "2")), PASSED,
    ),
    "an answer by somebody else than who claimed": (by(ANSWERED, "2"), ANSWERED),
    "an answer in the name of the quote, claimed by another": (by(CLAIMED, "2"), ANSWERED),
    "an answer by who gave it back": (
        both(claimed_first_by("2"), by(ANSWERED + 2, "2")), ANSWERED + 2,
    ),
    "a claim by nobody": (untold(CLAIMED), CLAIMED),
    "an answer by nobody": (untold(ANSWERED), ANSWERED),
    "a claim and an answer by null": (both(by(CLAIMED, None), by(ANSWERED, None)), PASSED),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_charge_for_an_answer_of_other_hands_is_found(tmp_path, what):
    change, index = FORGED[what]
    is_refused(tmp_path, bent(change), index)
