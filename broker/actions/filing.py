"""Files of patients at the doors: made, held for a child, handed over, and vouched for."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from audit.facts import Actor
from audit.models import Account
from consults import actions as care
from consults.facts import Claims


def open_file(
    *,
    account: Account,
    name: str,
    birth_date: date,
    language: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Open an account's own file, in the language that its holder reads."""
    with transaction.atomic(durable=True):
        patient = care.enrol_patient(
            account_id=account.pk,
            name=name,
            birth_date=birth_date,
            identified_by="",
            actor=actor,
            now=now,
        )
        if account.language != language:
            Account.objects.filter(pk=account.pk).update(language=language)
    return patient.id


def open_childs_file(
    *,
    account: Account,
    name: str,
    birth_date: date,
    words_sha256: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Open the file of a child whose parental authority this account declares to hold."""
    with transaction.atomic(durable=True):
        child = care.enrol_child(
            account_id=account.pk,
            name=name,
            birth_date=birth_date,
            words_sha256=words_sha256,
            actor=actor,
            now=now,
        )
    return child.id


def correct(*, patient_id: UUID, name: str, birth_date: date, actor: Actor, now: datetime) -> None:
    """Correct who a file is about; an identification of it ends."""
    with transaction.atomic(durable=True):
        care.correct_file(
            patient_id=patient_id, name=name, birth_date=birth_date, actor=actor, now=now
        )


def take_over(
    *, patient_id: UUID, account: Account, birth_date: date, actor: Actor, now: datetime
) -> None:
    """Give a file to the person it is about, now of age."""
    with transaction.atomic(durable=True):
        care.hand_over(
            patient_id=patient_id,
            account_id=account.pk,
            birth_date=birth_date,
            actor=actor,
            now=now,
        )


def vouch(*, patient_id: UUID, physician_id: UUID, says: str, actor: Actor, now: datetime) -> None:
    """A physician's word: `known` and `doubted` of an identity, `spared` of a minor's parents."""
    acts = {
        "known": care.confirm_identity,
        "doubted": care.withdraw_identity,
        "spared": care.except_minor,
    }
    with transaction.atomic(durable=True):
        acts[says](patient_id=patient_id, physician_id=physician_id, actor=actor, now=now)


def prove(*, patient_id: UUID, claims: Claims, actor: Actor, now: datetime) -> None:
    """Take the word of an identity provider for a patient."""
    with transaction.atomic(durable=True):
        care.prove_identity(patient_id=patient_id, claims=claims, actor=actor, now=now)


def disown(*, patient_id: UUID, actor: Actor, now: datetime) -> None:
    """The patient takes their identification back."""
    with transaction.atomic(durable=True):
        care.withdraw_identity(patient_id=patient_id, physician_id=None, actor=actor, now=now)
