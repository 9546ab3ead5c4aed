"""Public texts, price lists and notices of remote checks: judged, refused by name, recorded."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit.facts import Actor
from broker.actions.judging import judge_notice, judge_offer, judge_text
from broker.screen import Offer

pytestmark = pytest.mark.usefixtures("database")
OPERATOR = Actor("operator", uuid4())


def entry_of(subject: UUID) -> dict:
    """The one entry under that subject."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry WHERE subject = %s", [subject])
        ((body,),) = cursor.fetchall()
    return json.loads(bytes(body))


def test_a_text_that_promises_reimbursement_is_refused_by_name() -> None:
    judged = judge_text(text="Remboursé pour tous", actor=OPERATOR, now=timezone.now())
    assert judged.code == "REIMBURSEMENT_CLAIM"
    entry = entry_of(judged.subject)
    assert entry["type"] == "text.refused"
    assert entry["data"]["code"] == "REIMBURSEMENT_CLAIM"
    fired = {found["rule"]: found["outcome"] for found in entry["decision"]["fired"]}
    assert fired["no-claim-of-reimbursement"] == "block_intake"
    assert "Rembours" not in json.dumps(entry)
    plain = judge_text(text="Non remboursé.", actor=OPERATOR, now=timezone.now())
    assert (plain.code, entry_of(plain.subject)["type"]) == ("", "text.judged")


@pytest.mark.parametrize(
    ("label", "cents", "unit", "flags"),
    [
        ("Réponse sous 48 h", 299, "per_act", set()),
        ("Réponse en 15 minutes", 499, "per_speed_tier", {"fee-tier-by-speed-or-minute"}),
        ("Échange en direct", 199, "per_minute", {"fee-tier-by-speed-or-minute"}),
        ("Offre de lancement", 0, "per_act", {"r4127-67-no-undercutting"}),
    ],
)
def test_a_price_is_accepted_or_flagged_for_what_it_pays(
    label: str, cents: int, unit: str, flags: set[str]
) -> None:
    own = {"cnom2016-ars-contract-out-of-pathway"}
    offer = Offer(label, cents, unit, in_pathway=False)
    judged = judge_offer(offer=offer, actor=OPERATOR, now=timezone.now())
    assert (judged.code, set(judged.decision.flags) - own) == ("", flags)
    assert entry_of(judged.subject)["type"] == "offer.judged"


@pytest.mark.parametrize(("hours", "code"), [(36, "NOTICE_TOO_LATE"), (49, "")])
def test_a_remote_check_is_called_two_days_ahead(hours: int, code: str) -> None:
    now = timezone.now()
    judged = judge_notice(planned_at=now + timedelta(hours=hours), actor=OPERATOR, now=now)
    assert judged.code == code
    kind = "notice.refused" if code else "notice.judged"
    assert entry_of(judged.subject)["type"] == kind
