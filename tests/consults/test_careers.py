"""A physician's career: the machine alone, the register asked at once, warnings before an end."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from audit.models import Entry
from broker.actions.careers import warn
from consults import actions as care
from consults import states
from consults.actions import register as care_register
from consults.actions.careers import CareerWrongState
from consults.actions.warning import note_warning
from consults.facts import names_agree
from consults.models import CareerMove, ExpiryWarning, Physician, RegisterEntry, RegisterLoad
from consults.queries import physician_facts
from consults.queries.careers import state_at
from consults.queries.dossiers import endings
from tests import people
from tests.consults.postbox import Postbox, delivering
from tests.people import CLERK, now

DATABASE = pytest.mark.usefixtures("database")


def test_every_state_leads_somewhere_and_is_reached():
    reached = {to for moves in states.CAREER_MOVES.values() for to in moves}
    assert reached == set(states.CAREER)
    assert all(states.CAREER_MOVES.values()), "nobody is stuck for ever"
    assert set(states.REASONS_OF) == set(states.CAREER)
    assert {one for some in states.REASONS_OF.values() for one in some} == set(states.MOVE_REASONS)
    codes = {code for needs in states.MOVE_NEEDS.values() for code in needs}
    assert codes <= set(states.ERRORS)


def test_nothing_leads_to_active_but_a_visa_or_an_end_of_suspension():
    before = {state for state, moves in states.CAREER_MOVES.items() if states.ACTIVE in moves}
    assert before == {states.VISA, states.SUSPENDED}


@DATABASE
def test_a_move_that_does_not_exist_is_refused_and_leaves_no_trace():
    person = people.an_applicant()
    before = Entry.objects.count()
    with pytest.raises(CareerWrongState), transaction.atomic():
        care.move_physician(
            physician_id=person.id, to="active", reason="activated", actor=CLERK, now=now()
        )
    assert Entry.objects.count() == before and not CareerMove.objects.exists()


@DATABASE
def test_a_state_is_changed_only_with_its_entry():
    person = people.an_applicant()
    with pytest.raises(Exception, match="without an entry"), transaction.atomic():
        Physician.objects.filter(pk=person.id).update(state="active")


@DATABASE
def test_the_career_is_told_as_of_any_instant():
    before = now()
    person = people.a_physician()
    assert state_at(person.id, before - timedelta(hours=1)) == states.APPLIED
    assert state_at(person.id, now()) == states.ACTIVE
    assert (
        physician_facts(person.id, before - timedelta(hours=1))["physician_active"].value is False
    )


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("Dre Hélène Marchand", "MARCHAND Hélène", True),
        ("Dr Jean-Paul Le Goff", "JEAN PAUL LE GOFF", True),
        ("Dre Anne Marie Dubois", "ANNE DUBOIS", True),
        ("Dr Paul Marchand", "HELENE MARCHAND", False),
        ("Dr Marchand", "HELENE MARCHAND", False),
        ("", "", False),
    ],
)
def test_names_are_compared_without_case_accents_hyphens_and_titles(one, other, same):
    assert names_agree(one, other) is same


def registered(rpps, given, family):
    """A register of one physician, made the current one."""
    load = RegisterLoad.objects.create(
        file="x", sha256="a" * 64, encoding="utf-8", rows=1, started_at=now()
    )
    RegisterEntry.objects.create(
        load=load, rpps=rpps, line=2, family_name=family, given_name=given, category="C",
        skill="SM26", mode="L", finess="", site="", departement="75", authority="CNOM",
    )  # fmt: skip
    with transaction.atomic():
        care_register.adopt_register(load_id=load.id, actor=CLERK, now=now())


RPPS = "99999990015"


@DATABASE
@pytest.mark.parametrize(
    "given, family, code",
    [
        ("Andréa", "ÉPURE", ""),
        ("Claude", "ÉPURE", "RPPS_NAME_DIFFERS"),
        (None, "", "RPPS_UNKNOWN"),
    ],
)
def test_who_applies_between_two_imports_is_matched_at_once(given, family, code):
    registered(RPPS if given else "99999990023", given or "Zoé", family or "MAQUETTE")
    account = people.an_account("physician")
    with transaction.atomic():
        applied = care.apply(
            account_id=account.id, account_subject=account.subject,
            said=care.Application(
                rpps=RPPS, name="Dre Andrea Epure", specialty="Médecine générale",
                departement="75", council="75", status="private",
            ),
            actor=people.Actor("physician", account.subject), now=now(),
        )  # fmt: skip
    assert applied.code == code
    if applied.physician:
        facts = physician_facts(applied.physician.id, now())
        assert facts["rpps_matches_directory"].value is True
        assert facts["rpps_matches_directory"].evidence == "a" * 64


@DATABASE
def test_a_physician_is_warned_once_a_bound_by_a_mail_that_says_nothing():
    person = people.a_physician()
    people.attest(
        person, "insurance", valid_until=now() + timedelta(days=25), covers_teleadvice=True
    )
    assert warn(now=now()) == 1
    assert warn(now=now()) == 0, "thirty days were told, seven have not come"
    sent = mail.outbox[0]
    assert sent.to == [person.account.email]
    assert "/medecin/" in sent.body
    assert not {"assurance", "insurance", person.physician.name} & set(sent.body.split())
    assert ExpiryWarning.objects.get().days == 30
    people.attest(
        person, "registration", valid_until=now() + timedelta(days=5), status="registered"
    )
    assert warn(now=now()) == 1
    assert sorted(ExpiryWarning.objects.values_list("days", flat=True)) == [7, 30]


@DATABASE
def test_those_told_already_keep_nobody_from_being_told():
    for days in (2, 20, 25):
        people.attest(
            people.a_physician(), "insurance", valid_until=now() + timedelta(days=days),
            covers_teleadvice=True,
        )  # fmt: skip
    told = []
    for _ in range(3):
        [ending] = endings(now(), limit=1)
        told.append(ending.days)
        with transaction.atomic():
            note_warning(attestation_id=ending.attestation_id, days=ending.days, now=now())
    assert told == [7, 30, 30] and endings(now(), limit=1) == []


@DATABASE
def test_a_physician_whose_address_is_refused_keeps_no_other_from_being_warned(settings):
    for days in (20, 25):
        people.attest(
            people.a_physician(), "insurance", valid_until=now() + timedelta(days=days),
            covers_teleadvice=True,
        )  # fmt: skip
    with delivering(Postbox(at_rcpt=["550 5.1.1 no such user"]), settings) as box:
        assert warn(now=now()) == 1
        assert warn(now=now()) == 0 and box.rcpts == 2  # the refused one rests


@DATABASE
def test_a_server_that_refuses_everybody_holds_up_a_round_for_three_mails_only(settings):
    person, ends = people.a_physician(), now() + timedelta(days=20)
    for kind, details in people.attestations(person.physician.rpps).items():
        people.attest(person, kind, valid_until=ends, **details)
    with delivering(Postbox(at_rcpt=["451 4.3.0 try again"] * 9), settings) as box:
        assert warn(now=now()) == 0
        assert box.rcpts == 3
        assert warn(now=now()) == 0 and box.rcpts == 5  # the first three rest


@DATABASE
def test_a_renewal_that_goes_further_is_no_reason_to_warn():
    person = people.a_physician()
    people.attest(
        person, "insurance", valid_until=now() + timedelta(days=25), covers_teleadvice=True
    )
    people.attest(
        person, "insurance", valid_from=now() + timedelta(days=20), covers_teleadvice=True
    )
    assert warn(now=now()) == 0
