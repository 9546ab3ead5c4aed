"""Write in a thread, once and only once, and say how far one has read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection

from audit.actions import record
from audit.facts import NATIONAL, Actor
from consults.actions.steps import in_transaction
from consults.keys import content_key
from consults.models import Message
from consults.seal import Sealed, resend_mark, sealed
from consults.states import WRITABLE


@dataclass(frozen=True)
class Accepted:
    """A message has its place; `repeated` says that it already had it."""

    seq: int
    at: datetime
    repeated: bool


class MessageConflict(Exception):
    """The same message id came again with another text."""

    code = "MESSAGE_CONFLICT"


class ThreadClosed(Exception):
    """Nobody may write in this thread any more, or yet."""

    code = "THREAD_CLOSED"


class _Held(NamedTuple):
    """What is read of the question while its row is locked."""

    subject: UUID
    state: str
    head_seq: int
    key_id: UUID
    scope: str


# The lock makes senders of one thread wait for each other, so numbers have no gap.
LOCK = """
SELECT q.subject, q.state, q.head_seq, p.key_id, coalesce(d.council, %s)
FROM consults_question q
JOIN consults_patient p ON p.id = q.patient_id
LEFT JOIN consults_physician d ON d.id = q.physician_id
WHERE q.id = %s FOR UPDATE OF q
"""
# A statement of its own after the lock: it sees what the sender before us has committed.
WRITE = """
WITH moved AS (
    UPDATE consults_question SET head_seq = head_seq + 1
    WHERE id = %(question)s
      AND NOT EXISTS (
        SELECT 1 FROM consults_message
        WHERE question_id = %(question)s AND client_id = %(client_id)s)
    RETURNING head_seq
)
INSERT INTO consults_message (id, subject, question_id, seq, client_id, kind, author_kind,
    author_id, at, code, body, commitment, mac, body_bytes)
SELECT %(id)s, %(subject)s, %(question)s, head_seq, %(client_id)s, 'message', %(author_kind)s,
    %(author_id)s, %(at)s, '', %(body)s, %(commitment)s, %(mac)s, %(size)s
FROM moved RETURNING seq
"""


def post_message(
    *, question_id: UUID, author: Actor, client_id: UUID, body: str, now: datetime
) -> Accepted:
    """Write a message; the same id and text again give the same answer.

    Raises MessageConflict when the id is known with another text, ThreadClosed when the
    question takes no more messages.
    """
    in_transaction()
    held = _hold(question_id)
    key = content_key(held.key_id)
    if held.state not in WRITABLE:
        return _again(question_id, client_id, key, body)
    cover = sealed(
        key,
        body,
        question=question_id,
        seq=held.head_seq + 1,
        field="body",
        author=author.id,
        client_id=client_id,
    )
    seq = _insert(question_id, held, author, client_id, cover, now)
    if seq is None:
        return _again(question_id, client_id, key, body)
    record(
        type="message.posted",
        subject=held.subject,
        scope=held.scope,
        actor=author,
        now=now,
        data={"seq": seq, "commitment": cover.commitment.hex(), "bytes": cover.size},
    )
    return Accepted(seq, now, repeated=False)


def _hold(question_id: UUID) -> _Held:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [NATIONAL, question_id])
        return _Held(*cursor.fetchone())


def _insert(
    question_id: UUID,
    held: _Held,
    author: Actor,
    client_id: UUID,
    cover: Sealed,
    now: datetime,
) -> int | None:
    row: dict[str, Any] = {
        "id": uuid4(),
        "subject": held.subject,
        "question": question_id,
        "client_id": client_id,
        "author_kind": author.kind,
        "author_id": author.id,
        "at": now,
        "body": cover.body,
        "commitment": cover.commitment,
        "mac": cover.mac,
        "size": cover.size,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, row)
        written = cursor.fetchone()
    return written[0] if written else None


def _again(question_id: UUID, client_id: UUID, key: bytes, body: str) -> Accepted:
    """Answer a resend as the first time, a conflict or a closed thread by their names."""
    known = Message.objects.filter(question_id=question_id, client_id=client_id).first()
    if known is None:
        raise ThreadClosed
    if known.mac is None or bytes(known.mac) != resend_mark(key, body, client_id=client_id):
        raise MessageConflict
    return Accepted(known.seq, known.at, repeated=True)


def mark_seen(*, question_id: UUID, account_id: UUID, seq: int, now: datetime) -> int:
    """Move a reader's mark forward, never back nor past the head; return where it is."""
    in_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consults_seen (id, subject, question_id, account_id, seq, at)"
            " SELECT %s, q.subject, q.id, %s, LEAST(q.head_seq, %s), %s"
            " FROM consults_question q WHERE q.id = %s"
            " ON CONFLICT (question_id, account_id) DO UPDATE SET"
            " at = CASE WHEN excluded.seq > consults_seen.seq THEN excluded.at"
            " ELSE consults_seen.at END,"
            " seq = GREATEST(consults_seen.seq, excluded.seq) RETURNING seq",
            [uuid4(), account_id, seq, now, question_id],
        )
        (reached,) = cursor.fetchone()
    return int(reached)
