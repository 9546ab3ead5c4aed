"""What the law of a day says of a sum, and when a hold must be placed again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.law.evaluator import judge
from audit.law.model import Decision, Fact, Pack

NOT_REIMBURSED = "not-reimbursed"
# The rules that stand between an exchange and cover, the plainest reason first. What a profile
# leaves out for billing still bars cover, so all of them are asked.
BARS = (
    "tc-code-needs-video",
    "no-claim-of-reimbursement",
    "tc-pathway-alternation-territory-2021",
    "tc-pathway-known-patient-2018",
)
EVERY_RULE = "cnom2016"


@dataclass(frozen=True, slots=True)
class Cover:
    """The statement on reimbursement: its code, and the rule that says so on that day.

    `rule` is empty on a day when no text speaks of such an exchange at all: nothing then opens
    cover either, so the code is the same.
    """

    code: str
    rule: str
    decision: Decision


def cover(*, channel: str, at: datetime, pack: Pack) -> Cover:
    """Ask what would happen if this exchange were claimed as a reimbursed teleconsultation.

    No ground for cover is known here, so the answer is never more than "not reimbursed"; the
    rule and its date are what is computed.
    """
    claimed = {
        "channel": Fact(channel, "system"),
        "ngap_code_claimed": Fact("TC", "system"),
        "claims_reimbursement": Fact(True, "system"),
        "copy_claims_reimbursed": Fact(True, "system"),
    }
    decision = judge(facts=claimed, scopes=("act", "offer"), at=at, profile=EVERY_RULE, pack=pack)
    standing = {found.rule for found in decision.fired if found.holds is not False}
    return Cover(NOT_REIMBURSED, next((rule for rule in BARS if rule in standing), ""), decision)


RENEW_AHEAD = timedelta(hours=48)  # and never before half of a hold's life has passed
CAPTURE_MARGIN = timedelta(hours=1)  # after the deadline, for what an answer at its end brings


def renewal_due(
    *, authorised_at: datetime, capture_before: datetime, deadline_at: datetime, now: datetime
) -> bool:
    """Whether the patient must be asked now for one more hold: this one ends before the answer.

    Both ends are Stripe's own dates. Asked later than the first moment on purpose: a hold placed
    at once would end as early as the one that stands.
    """
    outlived = deadline_at + CAPTURE_MARGIN > capture_before
    ahead = min(RENEW_AHEAD, (capture_before - authorised_at) / 2)
    return outlived and capture_before - ahead <= now < capture_before
