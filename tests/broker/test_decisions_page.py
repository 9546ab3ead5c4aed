"""The operator's page of decisions: settings judged, acts judged again by a button, no name."""

from datetime import timedelta

from audit.models import Entry
from billing.models import Op
from consults.models import Incident
from tests import people
from tests.people import now
from tests.walks.conftest import own_threads, patient, physician, sandbox, warm  # noqa: F401
from tests.walks.faces import TEXT, signed_in
from tests.walks.test_one_question import in_hand, worked

PAGE = "/operateur/decisions/"


def operator():
    """An operator's browser, second factor included."""
    account = people.an_account("operator")
    return signed_in(people.PatientPerson(account, None))


def test_the_page_says_why_the_platform_may_not_open_and_by_which_fact(database):
    page = operator().get(PAGE).content.decode()
    assert "HOSTING_NOT_CERTIFIED" in page and 'data-rule="hds-hosting"' in page
    assert "L.1111-8" in page and "retention_years" in page
    assert Entry.objects.filter(type="platform.refused").count() == 1


def test_the_button_judges_again_and_an_incident_is_seen_by_all_three(
    patient, physician, database  # noqa: F811
):  # fmt: skip
    in_hand(patient, physician)
    physician.answers(patient.question)
    worked()
    people.attest(
        physician.person,
        "registration",
        valid_from=now() - timedelta(days=300),
        status="struck_off",
    )
    browser = operator()
    page = browser.get(PAGE).content.decode()
    assert TEXT[:20] not in page and physician.person.physician.name not in page
    assert browser.post(f"{PAGE}{patient.question}/").status_code == 302
    worked()
    page = browser.get(PAGE).content.decode()
    assert "badge--bad" in page and "NOT_REGISTERED" in page
    for face in (
        patient.client.get(patient.at()),
        physician.client.get(f"/file/{patient.question}/"),
    ):
        assert "Vérification faite" in face.content.decode()
    assert patient.state()["verdict"]["charged"] is False
    assert {leg["state"] for leg in patient.state()["money"]["legs"]} == {"refunded"}
    browser.post(f"{PAGE}{patient.question}/")
    assert Incident.objects.count() == 1 and Op.objects.filter(kind="refund").count() == 2


def test_nobody_else_judges_again(patient, physician):  # noqa: F811
    in_hand(patient, physician)
    physician.answers(patient.question)
    for face in (patient.client, physician.client):
        assert face.post(f"{PAGE}{patient.question}/").status_code == 404
        assert face.get(PAGE).status_code == 404


def test_an_open_question_cannot_be_judged_again(patient, physician):  # noqa: F811
    in_hand(patient, physician)
    answer = operator().post(f"{PAGE}{patient.question}/")
    assert (answer.status_code, answer["X-Error-Code"]) == (409, "NOT_JUDGEABLE")
