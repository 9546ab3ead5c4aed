"""The demonstration's people exist through everyone's acts, and only where no harm is possible."""

import pytest
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Account
from billing.models import ConnectedAccount, Honoraires
from broker.access import DEMO_SALT
from broker.story.client import NotThisMachine
from config.demo import people, views
from config.demo.links import links
from config.demo.making import make
from consults.facts import rpps_is_valid
from consults.models import PathwayEvidence, Physician
from consults.queries import is_eligible
from tests.billing.conftest import sandbox

pytestmark = pytest.mark.django_db
__all__ = ["sandbox"]


@pytest.fixture
def made(db, sandbox):
    """Everybody, made twice: the second time changes nothing."""
    make(timezone.now)
    before = Account.objects.count()
    make(timezone.now)
    assert Account.objects.count() == before


def test_the_people_of_the_demonstration_are_who_they_say(made):
    by_role = {p.role: Physician.objects.get(rpps=p.rpps) for p in people.PHYSICIANS}
    now = timezone.now()
    assert {role: is_eligible(one.pk, now) for role, one in by_role.items()} == {
        "medecin-traitant": True,
        "specialiste": True,
        "assurance-echue": False,
        "garde": True,
    }
    assert all(rpps_is_valid(one.rpps) and one.rpps[:7] == "9999999" for one in by_role.values())
    link = PathwayEvidence.objects.get()
    assert (link.physician, link.confirmed) == (by_role["medecin-traitant"], True)
    assert Honoraires.objects.count() == ConnectedAccount.objects.count() == 4


def test_every_person_has_a_link_on_a_face_of_their_own(made):
    shown = links(site="http://127.0.0.1:8123")
    assert {link.role for link in shown} == {person.role for person in people.SHOWN}
    for link in shown:
        host, token = link.link.removeprefix("http://").split("/demo/entrer/")
        assert host == f"{people.HOSTS[link.kind]}:8123"
        account = Account.objects.get(
            pk=signing.loads(token.rstrip("/"), salt=DEMO_SALT)["account"]
        )
        assert account.email == f"{link.role}@{people.DOMAIN}"
        assert not account.has_usable_password()
    assert len(links(site="http://localhost", everybody=True)) == len(shown) + len(people.EXTRAS)


def test_the_command_refuses_outside_a_demonstration(db):
    assert not settings.DEMO
    with pytest.raises(CommandError):
        call_command("demo")


def test_scripts_find_the_people_only_in_a_demonstration_and_from_this_machine(made, client):
    assert client.get("/demo/personnes.json").status_code == 404
    settings.DEMO = True
    try:
        rows = client.get("/demo/personnes.json").json()
        assert {"role", "kind", "name", "link", "person"} == set(rows[0])
        for stranger in (
            {"REMOTE_ADDR": "192.0.2.7"},
            {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
            {"HTTP_FORWARDED": "for=192.0.2.7"},
        ):
            assert client.get("/demo/personnes.json", **stranger).status_code == 404
            path = "/demo/entrer/" + rows[0]["link"].split("/demo/entrer/")[1]
            assert client.get(path, **stranger).status_code == 404
        assert client.get(path).status_code == 302
    finally:
        settings.DEMO = False


@pytest.mark.parametrize(("marked", "left"), [("own", None), ("next", "next")])
def test_a_scene_that_ends_takes_away_its_own_mark_and_no_other(database, marked, left):
    cache.set(views.BUSY, marked, 60)
    with pytest.raises(NotThisMachine):
        views._played("dose", "own", "http://elsewhere.example")
    assert cache.get(views.BUSY) == left
    assert cache.get("demo:own")["failed"] == "NotThisMachine"
