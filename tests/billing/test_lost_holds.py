"""What is read once the holder of an account took a part of a hold, against what was agreed."""

from billing.sandbox import till
from tests.billing.test_views import signed_in
from tests.billing.walk import Walk


def part_taken(walk: Walk, party: str) -> None:
    store, intent = walk.server.sandbox.store, walk.legs()[party].payment_intent
    universe = store.universe_of(intent)
    till.capture(store, universe, store.load(universe, intent, "payment_intent"), 100)
    assert walk.looks(party).state == "taken_elsewhere"


def test_before_the_other_hold_the_patient_reads_that_what_was_taken_comes_back(walk: Walk):
    walk.accepted()
    walk.pays("honoraires")
    part_taken(walk, "honoraires")
    client = signed_in(walk.patient.account)
    for state in ("taken_elsewhere", "refunded"):
        assert walk.legs()["honoraires"].state == state
        for rest in ("", "paiement/"):
            said = client.get(f"/questions/{walk.question}/{rest}").content.decode()
            assert "débité à tort vous revient" in said
            assert "Rien n’a été débité" not in said and "Rien n’est débité avant" not in said
        walk.works()


def test_after_the_answer_both_read_that_it_goes_back_to_the_patient(walk: Walk):
    walk.held()
    part_taken(walk, "honoraires")
    assert walk.answers().gate_pass
    for person, side in ((walk.patient, "questions"), (walk.physician, "file")):
        said = signed_in(person.account).get(f"/{side}/{walk.question}/").content.decode()
        assert "débité à tort revient au patient" in said and "plus en place" not in said
