"""Physicians come in, are vetted, begin, stop: each act with its transaction, and what follows.

A suspension acts at once: the physician's leases end, their questions go back to the queue, and
each patient is told in the thread. What they were writing is refused when it is sent.
"""

import logging
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from uuid import UUID

from django.db import transaction

from audit.facts import Actor, Json
from billing.actions.steps import Since
from broker import relay
from broker.actions.claiming import give_back
from broker.actions.resting import Letter, resting, told
from broker.models import Lease
from broker.notifications import Messenger, tell_expiry
from broker.queries import questions as queries
from consults import actions as care
from consults import queries as people
from consults import states
from consults.actions.steps import locked
from consults.actions.warning import note_warning
from consults.calendar import paris_midnight
from consults.models import Evidence
from consults.queries import dossiers

LOT = 100
MAILS_A_ROUND = 3  # tried: a slow mail server holds up no alert for long
log = logging.getLogger(__name__)


def apply(
    *,
    account_id: UUID,
    account_subject: UUID,
    said: care.Application,
    actor: Actor,
    now: datetime,
) -> care.Applied:
    """A physician applies; a refusal is recorded and returned with its code."""
    with transaction.atomic(durable=True):
        return care.apply(
            account_id=account_id,
            account_subject=account_subject,
            said=said,
            actor=actor,
            now=now,
        )


def move(
    *,
    physician_id: UUID,
    to: str,
    reason: str,
    actor: Actor,
    now: datetime,
    evidence_sha256: str = "",
) -> care.Moved:
    """Move a career on, or say what forbids it. A suspension takes every question away."""
    with transaction.atomic(durable=True):
        moved = care.move_physician(
            physician_id=physician_id,
            to=to,
            reason=reason,
            evidence_sha256=evidence_sha256,
            actor=actor,
            now=now,
        )
        if moved.state == states.SUSPENDED and not moved.codes:
            _take_away(physician_id, actor, now)
    return moved


def _take_away(physician_id: UUID, actor: Actor, now: datetime) -> None:
    """End the leases of a stopped physician, and tell the patients whose questions wait."""
    held = Lease.objects.filter(physician_id=physician_id, ended_at=None)
    for question_id in list(held.order_by("question_id").values_list("question_id", flat=True)):
        locked(question_id=question_id)
        lease = held.select_for_update().filter(question_id=question_id).first()
        if lease is not None:
            give_back(lease=lease, because="suspended", actor=actor, now=now)
    for question_id in people.waiting_for(physician_id):
        care.set_aside(question_id=question_id, actor=actor, now=now)
        relay.hint(question_id=question_id, head_seq=queries.view_of(question_id).head_seq)


def attest(
    *,
    evidence: Evidence,
    valid_from: date,
    valid_until: date | None,
    details: dict[str, Json],
    actor: Actor,
    now: datetime,
) -> None:
    """The operator attests what a received file proves; its last day is inside."""
    ends = None if valid_until is None else paris_midnight(valid_until + timedelta(days=1))
    with transaction.atomic(durable=True):
        care.attest(
            physician_id=evidence.physician_id,
            kind=evidence.kind,
            valid_from=paris_midnight(valid_from),
            valid_until=ends,
            details=details,
            evidence_sha256=evidence.sha256,
            actor=actor,
            now=now,
        )


def onboard(*, physician_id: UUID, text_sha256: str, actor: Actor, now: datetime) -> None:
    """The physician has read how one works here; it holds for a year."""
    with transaction.atomic(durable=True):
        care.attest(
            physician_id=physician_id,
            kind="onboarding",
            valid_from=now,
            valid_until=now + timedelta(days=365),
            details={"completed": True},
            evidence_sha256=text_sha256,
            actor=actor,
            now=now,
        )


def receive(
    *, physician_id: UUID, content: bytes, proves: care.Proves, actor: Actor, now: datetime
) -> str:
    """Keep a file sealed; its SHA-256."""
    with transaction.atomic(durable=True):
        return care.receive_evidence(
            physician_id=physician_id, content=content, proves=proves, actor=actor, now=now
        ).sha256


def read(*, evidence: Evidence, actor: Actor, now: datetime) -> bytes:
    """Give a file back; its entry is committed before it leaves."""
    with transaction.atomic(durable=True):
        return care.read_evidence(evidence=evidence, actor=actor, now=now)


def record_contract(*, physician_id: UUID, terms: care.Terms, actor: Actor, now: datetime) -> None:
    """Keep a signed contract."""
    with transaction.atomic(durable=True):
        care.record_contract(physician_id=physician_id, terms=terms, actor=actor, now=now)


def prove_items(
    *, contract_id: UUID, items: list[str], evidence_sha256: str, actor: Actor, now: datetime
) -> None:
    """Keep the paper that proves some of the seven items."""
    proofs = dict.fromkeys(items, evidence_sha256)
    with transaction.atomic(durable=True):
        care.prove_items(contract_id=contract_id, items=proofs, actor=actor, now=now)


def send_contract(
    *,
    contract_id: UUID,
    on: date,
    reference: str,
    evidence_sha256: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the day of sending to the council, with its proof."""
    with transaction.atomic(durable=True):
        care.send_contract(
            contract_id=contract_id,
            on=on,
            reference=reference,
            evidence_sha256=evidence_sha256,
            actor=actor,
            now=now,
        )


def note_answer(
    *,
    contract_id: UUID,
    opinion: str,
    on: date,
    reference: str,
    evidence_sha256: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the council's opinion."""
    with transaction.atomic(durable=True):
        care.note_answer(
            contract_id=contract_id,
            opinion=opinion,
            on=on,
            reference=reference,
            evidence_sha256=evidence_sha256,
            actor=actor,
            now=now,
        )


def declare(*, contract_id: UUID, statement_sha256: str, actor: Actor, now: datetime) -> None:
    """The physician declares that no counter-letter exists."""
    with transaction.atomic(durable=True):
        care.declare_no_counter_letter(
            contract_id=contract_id, statement_sha256=statement_sha256, actor=actor, now=now
        )


def warn(*, now: datetime, by: Messenger | None = None) -> int:
    """Tell physicians, without content, that an attestation ends soon; how many mails left.

    An address that the server refuses rests, and everybody else is told meanwhile. Tries are
    counted, not what left: the round that escalates alerts waits for this one.
    """
    running, done, waiting = Since(now), 0, resting.at(now)
    awake = (one for one in dossiers.endings(now, limit=LOT) if one.attestation_id not in waiting)
    for ending in islice(awake, MAILS_A_ROUND):
        try:
            done += told(letter=_warning(ending, by), running=running)
        except OSError as away:  # smtplib's errors are among them
            log.error("expiry mail: %s", type(away).__name__)
            break
    return done


def _warning(ending: dossiers.Ending, by: Messenger | None) -> Letter:
    about, days = ending.attestation_id, ending.days
    return Letter(
        about=about,
        name=f"{about}.{days}",
        left=partial(dossiers.warned, about, days),
        tell=partial(tell_expiry, ending=ending, by=by),
        note=lambda at: note_warning(attestation_id=about, days=days, now=at),
    )
