"""What is agreed to has words and a hash; a physician is found here, or in the register."""

import hashlib
import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction

from audit.models import Entry
from consults.actions.choosing import RppsUnlisted, choose_treating
from consults.actions.consenting import say_consent
from consults.law import consents
from consults.models import Consent, RegisterEntry, TreatingChoice
from consults.queries.agreements import agreements, agrees
from consults.queries.finding import (
    SearchTooLong,
    family_names,
    physicians_here,
    physicians_listed,
    plain_words,
)
from consults.states import CONSENTS
from tests import people
from tests.waiting import PATIENCE_SECONDS


def test_every_agreement_has_words_in_both_languages_and_a_hash_of_what_was_read():
    assert set(consents.load()) == set(CONSENTS)
    hashes = set()
    for versions in consents.load().values():
        assert {one.language for one in versions} == {"fr", "en"}
        for one in versions:
            said = [one.kind, one.version, one.language, one.articles, one.title, one.text]
            raw = json.dumps(said, ensure_ascii=False).encode()
            assert one.sha256 == hashlib.sha256(raw).hexdigest()
            hashes.add(one.sha256)
    assert len(hashes) == 2 * len(CONSENTS)


def test_words_are_those_in_force_on_the_day():
    assert consents.words("remote", date(2026, 11, 22), "en-gb").language == "en"
    assert consents.words("remote", date(2026, 11, 22), "de").language == "fr"
    with pytest.raises(IndexError):
        consents.words("remote", date(2020, 1, 1), "fr")


def test_names_are_read_without_titles_accents_or_signs():
    assert plain_words("Dre Hélène Marchand-Lévy") == ["HELENE", "MARCHAND", "LEVY"]
    assert {"DE LA TOUR", "TOUR"} <= family_names("Marie de la Tour")
    assert {"LÉVY", "LEVY"} <= family_names("lévy")


def say(patient, kind, given):
    with transaction.atomic():
        return say_consent(
            patient_id=patient.id, kind=kind, given=given, language="fr", actor=patient.actor,
            now=people.now(),
        )  # fmt: skip


@pytest.mark.django_db
def test_each_agreement_is_given_and_taken_back_by_itself_with_dated_rows_and_entries():
    patient = people.a_patient()
    assert agrees(patient.id, "sharing", people.now()) is None
    rows = [say(patient, "sharing", True), say(patient, "sharing", False)]
    say(patient, "terms", True)
    assert agrees(patient.id, "sharing", rows[1].at - people.timedelta(microseconds=1)) is True
    assert agrees(patient.id, "sharing", people.now()) is False
    assert agrees(patient.id, "terms", people.now()) is True
    shown = {one.kind: one for one in agreements(patient.id, "fr", people.now())}
    assert [row.given for row in shown["sharing"].history] == [False, True]
    assert shown["sharing"].words.sha256 == rows[0].sha256 and shown["sharing"].current
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        Consent.objects.update(given=True)


@pytest.mark.django_db
def test_the_log_says_neither_which_agreement_nor_who_treats_the_patient():
    patient, doctor = people.a_patient(), people.a_physician()
    say(patient, "sharing", False)
    with transaction.atomic():
        choose_treating(
            patient_id=patient.id, choice="unwilling", actor=patient.actor, now=people.now()
        )
    for entry in Entry.objects.filter(subject=patient.patient.subject):
        body = bytes(entry.body).decode()
        for word in ("sharing", "unwilling", doctor.physician.name, doctor.physician.rpps):
            assert word not in body, entry.type


@pytest.fixture
def register(database, tmp_path, monkeypatch):
    """A synthetic national register, loaded after a physician of this place was enrolled."""
    monkeypatch.setattr("consults.queries.finding.PATIENCE", f"{PATIENCE_SECONDS}s")
    people.a_physician(name="Dre Hélène Marchand")
    file = tmp_path / "register.txt"
    call_command("make_register", str(file), "--lines", "300")
    call_command("import_register", str(file))
    return RegisterEntry.objects.exclude(family_name="").order_by("line").first()


def test_a_treating_physician_who_is_not_here_is_found_in_the_register_and_kept(register):
    patient = people.a_patient()
    assert [one.name for one in physicians_here("marchand helene")] == ["Dre Hélène Marchand"]
    assert physicians_here("   ") == physicians_listed("") == []
    by_number = physicians_listed(register.rpps)
    assert [one.rpps for one in by_number] == [register.rpps]
    by_name = physicians_listed(f"{register.given_name} {register.family_name.lower()}")
    assert register.rpps in {one.rpps for one in by_name}
    with transaction.atomic():
        said = choose_treating(
            patient_id=patient.id, choice="elsewhere", rpps=register.rpps, actor=patient.actor,
            now=people.now(),
        )  # fmt: skip
    assert said.rpps == register.rpps and register.family_name in said.name
    with pytest.raises(RppsUnlisted), transaction.atomic():
        choose_treating(
            patient_id=patient.id, choice="elsewhere", rpps="1" * 11, actor=patient.actor,
            now=people.now(),
        )  # fmt: skip
    assert TreatingChoice.objects.count() == 1


def test_a_search_that_lasts_is_given_up_and_the_number_asked_for(register, monkeypatch):
    monkeypatch.setattr("consults.queries.finding.PATIENCE", "1ms")
    monkeypatch.setattr(
        "consults.queries.finding._listed", lambda rows: RegisterEntry.objects.raw(SLOW)[0]
    )
    with pytest.raises(SearchTooLong):
        physicians_listed("Marchand")


# As a register of millions would.
SLOW = "SELECT e.* FROM consults_registerentry e, pg_sleep(0.2) LIMIT 1"
