"""One question all the way through the doors, and what stops it on the way."""

from billing.actions.work import run_due
from broker.actions.sweeping import sweep
from tests.people import now


def worked():
    """The worker runs until nothing is due."""
    for _ in range(6):
        if not sweep(now=now()) + run_due(now=now()):
            return


def in_hand(patient, physician):
    """A question that the physician has taken; its id."""
    patient.asks(f"treating:{physician.person.id}")
    patient.accepts()
    patient.pays(1)
    patient.pays(2)
    physician.claims(patient.question)
    return patient.question


def test_a_question_is_asked_quoted_held_answered_and_captured(patient, physician):
    asked = patient.asks(f"treating:{physician.person.id}")
    assert asked.url == patient.at("devis/"), asked.content[:3000]
    assert patient.state()["state"] == "opened"
    assert physician.waiting() == []
    accepted = patient.accepts()
    assert accepted.status_code == 302, (accepted.headers, accepted.content.decode()[1500:6000])
    assert accepted.url == patient.at("paiement/"), accepted.content[:3000]
    assert patient.pays(1).url == patient.at("paiement/")
    assert physician.waiting() == []
    assert patient.pays(2).url == patient.at()
    assert physician.waiting() == [str(patient.question)]
    assert physician.claims(patient.question).url == f"/file/{patient.question}/"
    answered = physician.answers(patient.question)
    assert answered.status_code == 302, answered.content.decode()[:3000]
    worked()
    state = patient.state()
    assert state["verdict"]["charged"], state["verdict"]
    assert {leg["state"] for leg in state["money"]["legs"]} == {"captured"}
    page = patient.client.get(patient.at()).content.decode()
    assert "verdict--charged" in page
    assert "à jeun" in page
