"""A patient leaves: the account is closed, or a file is erased by the destruction of its key."""

import logging
from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM, Actor
from audit.models import Account
from billing.actions.papers import link_papers
from billing.actions.steps import Since
from broker import relay
from broker.actions.faults import Moved
from broker.actions.withdrawing import withdrawn
from consults import actions as care
from consults import keys, states
from consults import queries as people
from consults.actions import leaving
from consults.actions.steps import locked
from consults.queries import agreements

log = logging.getLogger(__name__)
# What a closed account has for an address; nothing is ever sent there.
NOWHERE = "ferme.invalid"


def close_account(*, account_id: UUID, actor: Actor, now: datetime) -> str:
    """Close an account and its sessions at once; the token of the address to its papers.

    Questions without an answer are withdrawn. Raises Moved(NOT_FINISHED) while an answered one
    waits for its patient's word on the report, Moved(HAND_OVER_FIRST) while it holds the file of
    somebody who is of age.
    """
    with transaction.atomic(durable=True):
        files = _files(account_id, now)
        if agreements.unfinished_of(files):
            raise Moved("NOT_FINISHED")
        _take_back(files=files, actor=actor, now=now)
        _closed(account_id=account_id, actor=actor, now=now)
        return link_papers(account_id=account_id, subject=actor.id, actor=actor, now=now)


def ask_erasure(*, account_id: UUID, actor: Actor, now: datetime) -> str:
    """Ask that every file of an account be erased; questions without an answer end now.

    Returns the token of the address to its papers, which opens once the account is closed.
    Raises Moved(HAND_OVER_FIRST).
    """
    with transaction.atomic(durable=True):
        files = _files(account_id, now)
        for patient_id in files:
            leaving.ask_erasure(patient_id=patient_id, actor=actor, now=now)
        _take_back(files=files, actor=actor, now=now)
        return link_papers(account_id=account_id, subject=actor.id, actor=actor, now=now)


def cancel_erasure(*, account_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the wish back, for every file that still waits."""
    with transaction.atomic(durable=True):
        files = [one.id for one in agreements.patients_behind(account_id, now)]
        waiting = [one for one in files if agreements.erasure_of(one)]
        for patient_id in waiting or files[:1]:
            leaving.cancel_erasure(patient_id=patient_id, actor=actor, now=now)


def _files(account_id: UUID, now: datetime) -> list[UUID]:
    """The files that go with the account; that of a child of age is handed over first."""
    if people.files_to_hand_over(account_id, now):
        raise Moved("HAND_OVER_FIRST")
    return [one.id for one in agreements.patients_behind(account_id, now)]


def erase(*, erasure_id: UUID, now: datetime) -> bool:
    """Carry an erasure on from wherever it stands; False when there was nothing left to do.

    Three steps that may each be the last before a crash: the order commits and nothing opens any
    more, the key is deleted, the end is recorded. Saying any of them twice changes nothing.
    """
    _order(erasure_id=erasure_id, now=now)
    key_id = agreements.key_to_destroy(erasure_id)
    if key_id is None:
        return False
    keys.destroy(key_id)
    # At this point the key is gone for good; only the record of it is missing.
    with transaction.atomic(durable=True):
        return leaving.finish_erasure(erasure_id=erasure_id, actor=SYSTEM, now=now)


def erase_due(*, now: datetime) -> int:
    """Carry on every erasure that is due or was begun; how many were done."""
    done = 0
    for erasure_id in agreements.erasures_due(now):
        try:
            done += erase(erasure_id=erasure_id, now=now)
        except Exception as failed:  # one file's trouble holds up no other; it is tried again
            log.error("erasure: %s", type(failed).__name__)
    return done


def _order(*, erasure_id: UUID, now: datetime) -> None:
    with transaction.atomic(durable=True):
        patient_id = leaving.order_erasure(erasure_id=erasure_id, actor=SYSTEM, now=now)
        if patient_id is None:
            return
        _take_back(files=[patient_id], actor=SYSTEM, now=now)
        running = Since(now)
        for question in agreements.unfinished_of([patient_id]):
            care.close_question(
                question_id=question.id, reason="term-reached", actor=SYSTEM, now=running.at()
            )
        _closed(account_id=agreements.account_of(patient_id), actor=SYSTEM, now=now)


def _take_back(*, files: list[UUID], actor: Actor, now: datetime) -> None:
    running = Since(now)
    for question_id in agreements.unanswered_of(files):
        if states.may_move(locked(question_id=question_id).state, states.WITHDRAWN):
            at = running.at()  # each at its own moment: the same one would join them in the log
            withdrawn(question_id=question_id, reason="account-closed", actor=actor, now=at)


def free_address(*, email: str, actor: Actor, now: datetime) -> None:
    """Close an account that holds an address which nobody has proven, in the caller's transaction.

    Whoever signs up with the address of somebody else keeps nobody from being invited.
    """
    held = Account.objects.filter(email=email.lower(), kind="patient", is_active=True).first()
    if held is None or people.patient_of(held.pk) is not None:
        return
    asked = EmailAddress.objects.filter(user=held)
    if asked.exists() and not asked.filter(verified=True).exists():
        _closed(account_id=held.pk, actor=actor, now=now)


def _closed(*, account_id: UUID, actor: Actor, now: datetime) -> None:
    account = Account.objects.select_for_update().get(pk=account_id)
    if not account.is_active:
        return
    record(type="account.closed", subject=account.subject, scope=NATIONAL, actor=actor, now=now)
    EmailAddress.objects.filter(user=account).delete()
    Authenticator.objects.filter(user=account).delete()
    account.set_unusable_password()  # every session was made under the old one: all end here
    account.is_active, account.email = False, f"{account.subject}@{NOWHERE}"
    account.save(update_fields=["password", "is_active", "email"])
    relay.recheck(account_id=account_id)
    relay.wake_worker()
