"""Files that prove something about a physician: received sealed, opened by whom it concerns.

The name of a file is not kept. The body is sealed under a key derived from the master key, so
that the database alone shows its size and its SHA-256 and nothing else.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from audit import seal
from audit.actions import record
from audit.facts import Actor
from consults import states
from consults.actions.steps import in_transaction
from consults.keys import house_key
from consults.models import Evidence, Physician

# How each accepted kind of file begins; what a browser says of a file is not believed.
_BEGINS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg",
           b"\x89PNG\r\n\x1a\n": "image/png"}  # fmt: skip
FIELD = "evidence"


class EvidenceRefused(Exception):
    """The file is empty, too large, or of no accepted kind."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def checked_type(*, content: bytes) -> str:
    """The media type that a file's first bytes show; raises EvidenceRefused."""
    if not content:
        raise EvidenceRefused("EVIDENCE_EMPTY")
    if len(content) > states.EVIDENCE_MAX_BYTES:
        raise EvidenceRefused("EVIDENCE_TOO_LARGE")
    for begins, kind in _BEGINS.items():
        if content.startswith(begins):
            return kind
    raise EvidenceRefused("EVIDENCE_TYPE")


@dataclass(frozen=True)
class Proves:
    """What a file is said to prove, and on which days; the last day counts."""

    kind: str = ""
    valid_from: date | None = None
    valid_until: date | None = None


def receive_evidence(
    *, physician_id: UUID, content: bytes, proves: Proves, actor: Actor, now: datetime
) -> Evidence:
    """Keep a file sealed, and say its SHA-256; the same file for the same purpose once."""
    in_transaction()
    kind = checked_type(content=content)
    digest = hashlib.sha256(content).hexdigest()
    held = Evidence.objects.filter(
        physician_id=physician_id, sha256=digest, kind=proves.kind
    ).first()
    if held is not None:
        return held
    physician = Physician.objects.get(pk=physician_id)
    evidence = Evidence(
        subject=physician.subject, physician=physician, sha256=digest, kind=proves.kind,
        valid_from=proves.valid_from, valid_until=proves.valid_until, media_type=kind,
        size=len(content), received_at=now,
    )  # fmt: skip
    evidence.body = seal.seal(
        house_key(FIELD), content, question=evidence.id, seq=0, field=FIELD, author=physician.id
    )
    record(
        type="evidence.received", subject=physician.subject, scope=physician.council,
        actor=actor, now=now,
        data={"evidence": digest, "bytes": len(content), "kind": proves.kind},
    )  # fmt: skip
    evidence.save(force_insert=True)
    return evidence


def read_evidence(*, evidence: Evidence, actor: Actor, now: datetime) -> bytes:
    """Record the reading, then give the file back; the caller commits before it leaves."""
    in_transaction()
    physician = evidence.physician
    record(
        type="evidence.read", subject=physician.subject, scope=physician.council,
        actor=actor, now=now, data={"evidence": evidence.sha256},
    )  # fmt: skip
    return seal.unseal(
        house_key(FIELD), bytes(evidence.body), question=evidence.id, seq=0, field=FIELD,
        author=physician.id,
    )  # fmt: skip
