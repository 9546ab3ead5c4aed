"""Alerts reach the physician on duty, who reads them on the record and says what was done."""

from types import SimpleNamespace

from audit.models import Entry
from broker.actions.sweeping import sweep
from consults.models import Alert
from tests import people
from tests.walks.faces import PhysicianFace, signed_in

ABUSE = "Espèce de connard, réponds ou je te casse la gueule."


def test_a_held_message_is_read_on_duty_released_and_quoted(patient, physician):
    other = people.a_physician()
    people.on_duty(other)
    duty = PhysicianFace(other, signed_in(other))
    patient.asks(f"treating:{physician.person.id}", text=ABUSE)
    assert patient.state()["state"] == "held"
    alert = Alert.objects.get()
    assert physician.client.get(f"/file/alertes/{alert.id}/").status_code == 404
    assert "Lire les alertes" in duty.client.get("/file/").content.decode()
    page = duty.client.get(f"/file/alertes/{alert.id}/").content.decode()
    assert ABUSE in page
    assert Entry.objects.filter(type="alert.read").count() == 1
    assert duty.client.post(f"/file/alertes/{alert.id}/", {"verdict": "love"}).status_code == 422
    answer = duty.client.post(f"/file/alertes/{alert.id}/", {"verdict": "released"})
    assert answer.url == "/file/alertes/"
    state = patient.state()
    assert state["state"] == "opened"
    assert state["money"]["quote"]["honoraires_cents"] == 1500
    assert duty.client.get(f"/file/alertes/{alert.id}/").status_code == 404


def test_a_later_message_is_heard_within_a_round_and_raises_an_alert(patient, physician):
    people.on_duty(physician.person)
    patient.asks(f"treating:{physician.person.id}")
    patient.client.post(
        patient.at("messages/"),
        {"id": str(people.uuid4()), "body": "J'ai très mal dans la poitrine et du mal à respirer"},
    )
    sweep(now=people.now())
    assert [alert.kind for alert in Alert.objects.all()] == ["emergency"]
    page = physician.client.get("/file/alertes/").content.decode()
    assert "queue-card--urgent" in page


def test_the_time_to_an_answer_is_a_figure_for_the_operator_and_the_reviewer(patient, physician):
    people.on_duty(physician.person)
    patient.asks("none:any", text="Je veux mourir, je n'en peux plus.")
    alert = Alert.objects.get()
    physician.client.post(f"/file/alertes/{alert.id}/", {"verdict": "called"})
    operator = signed_in(SimpleNamespace(account=people.an_account("operator")))
    page = operator.get("/operateur/garde/").content.decode()
    assert "Idées suicidaires possibles" in page and "Délai médian" in page
    reviewer = signed_in(SimpleNamespace(account=people.a_reviewer("75")))
    shown = reviewer.get("/ordre/").content.decode().split('id="alert-waits"')[1]
    assert "<dt>Prises en compte</dt><dd>1</dd>" in shown
    assert "suicid" not in shown.split("</dl>")[0]
