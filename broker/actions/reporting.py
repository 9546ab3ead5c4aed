"""A report on its way to the treating physician: delivered, mailed, opened, taken as a file."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.facts import SYSTEM, Actor
from billing.actions.steps import Since
from broker import relay
from broker.actions.answering import CLOSES
from broker.actions.faults import Moved
from broker.queries import questions as queries
from consults import actions as care
from consults import queries as people
from consults.adapters.secure_mail import Outcome, Server, allowed, post

log = logging.getLogger(__name__)


def checked_address(*, patient_id: UUID, address: str) -> str:
    """A secure address as it will be used; Moved with the code of what is wrong with it."""
    name, _, domain = address.strip().rpartition("@")
    address = f"{name}@{domain.lower()}"
    if not allowed(address, settings.SECURE_MAIL_DOMAINS):
        raise Moved("ADDRESS_NOT_SECURE")
    if people.refused_before(patient_id, address):
        raise Moved("ADDRESS_REFUSED")
    return address


def deliver(*, question_id: UUID, way: str, address: str, actor: Actor, now: datetime) -> None:
    """Deliver the report and close, record the objection and close, or order a secure mail."""
    with transaction.atomic(durable=True):
        if way not in people.report_ways(question_id, now).open:
            raise Moved("READER_REFUSES" if way == "in-product" else "WAY_CLOSED")
        if actor.kind == "physician" and people.report_ways(question_id, now).kept:
            raise care.SharingRefused
        if way == "secure-mail":
            care.order_mail(question_id=question_id, address=address, actor=actor, now=now)
        else:
            care.deliver_report(question_id=question_id, way=way, actor=actor, now=now)
            care.close_question(question_id=question_id, reason=CLOSES[way], actor=actor, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
        relay.wake_worker()


def read(*, question_id: UUID, account_id: UUID, what: str, actor: Actor, now: datetime) -> None:
    """Record that a report is opened or taken away, before its text leaves."""
    with transaction.atomic(durable=True):
        care.record_reading(
            question_id=question_id, account_id=account_id, what=what, actor=actor, now=now
        )


def switch(*, physician_id: UUID, accepts: bool, actor: Actor, now: datetime) -> None:
    """A physician says whether they take reports in the product."""
    with transaction.atomic(durable=True):
        care.switch_reports(physician_id=physician_id, accepts=accepts, actor=actor, now=now)


def server() -> Server | None:
    """The server of the secure mail, as configured; None when there is none."""
    if not settings.SECURE_MAIL_HOST:
        return None
    return Server(
        host=settings.SECURE_MAIL_HOST,
        port=settings.SECURE_MAIL_PORT,
        sender=settings.SECURE_MAIL_FROM,
        user=settings.SECURE_MAIL_USER,
        password=settings.SECURE_MAIL_PASSWORD,
        client_cert=settings.SECURE_MAIL_CLIENT_CERT,
        authority=settings.SECURE_MAIL_AUTHORITY,
    )


def post_due(*, now: datetime) -> int:
    """Try every secure mail that is due; how many were tried. Not inside a transaction."""
    running, done = Since(now), 0
    for mail_id in people.mails_due(now):
        try:
            done += _tried(mail_id, running)
        except Exception as failed:  # one among many: it holds up no other
            log.error("secure mail: %s", type(failed).__name__)
    return done


def _tried(mail_id: UUID, running: Since) -> int:
    with transaction.atomic(durable=True):
        tried = care.begin_mail(mail_id=mail_id, now=running.at())
    if tried is None:
        return 0
    there = server()
    if tried.letter is None:
        assert tried.instead is not None
        outcome = tried.instead
    else:
        outcome = post(tried.letter, there) if there else Outcome("NOT_CONFIGURED")
    settled(tried=tried, outcome=outcome, now=running.at())
    return 1


def settled(*, tried: care.Try, outcome: Outcome, now: datetime) -> None:
    """Record what came of a try, and with an acceptance the delivery that it proves."""
    with transaction.atomic(durable=True):
        question_id = people.question_of_mail(tried.mail_id)
        if care.settle_mail(tried=tried, outcome=outcome, now=now):
            care.deliver_report(question_id=question_id, way="secure-mail", actor=SYSTEM, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)
