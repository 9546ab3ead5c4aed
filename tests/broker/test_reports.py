"""A report that was delivered here opens for the treating physician, and the thread does not."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils.html import escape

from audit.access import STRONG_AT
from consults import actions as care
from tests import people

pytestmark = pytest.mark.django_db


def signed_in(person) -> Client:
    """A browser in which this person has signed in, second factor included."""
    client = Client()
    client.force_login(person.account, "allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[STRONG_AT] = people.now().isoformat()
    session.save()
    return client


def test_the_treating_physician_reads_the_report_they_received_and_nothing_else(db):
    patient, treating = people.a_patient(), people.a_physician(name="Dre Traitante")
    specialist, other = people.a_physician(), people.a_physician()
    people.linked(patient, treating)
    people.linked(patient, specialist, ground="referral", attestor=treating)
    question_id = people.claimed(patient, specialist, ground="referral")
    people.answered(question_id, specialist)
    address = f"/questions/{question_id}/compte-rendu/"
    desk = signed_in(treating)
    assert desk.get(address).status_code == 404
    with transaction.atomic():
        care.deliver_report(
            question_id=question_id, way="in-product", actor=patient.actor, now=people.now()
        )
    assert escape(people.REPORT.text) in desk.get(address).content.decode()
    assert address in desk.get("/parcours/").content.decode()
    assert desk.get(f"/file/{question_id}/").status_code == 404
    assert desk.get(f"/questions/{question_id}/messages/?after=0").status_code == 404
    assert signed_in(other).get(address).status_code == 404
    assert signed_in(patient).get(address).status_code == 200
