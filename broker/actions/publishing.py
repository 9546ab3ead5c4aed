"""The register of public texts: propose, approve, withdraw, and register a release's texts.

Nobody approves what they proposed, and a refused text cannot be approved: the database holds both.
"""

from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction

from audit.actions import record
from audit.facts import NATIONAL, SYSTEM, Actor, Json, instant
from audit.law import packs
from audit.law.model import BLOCK_INTAKE, Decision
from audit.law.words import refusal_code
from broker.actions.faults import Moved
from broker.models import PublicText, TextStep
from broker.queries import texts
from broker.queries.texts import Shipped
from broker.rules import may_be_said
from broker.screen import heard_in, text_facts


def propose_text(
    *, key: str, language: str, body: str, actor: Actor, now: datetime
) -> tuple[PublicText, Decision]:
    """Lay a new version into the register with what the rules say of it."""
    with transaction.atomic(durable=True):
        return _laid(
            key=key, language=language, body=body, source="operator", actor=actor, now=now
        )


def approve_text(
    *, text_id: UUID, approver: str, valid_from: datetime, actor: Actor, now: datetime
) -> TextStep:
    """Approve a version proposed by somebody else; it is shown from `valid_from` on."""
    with transaction.atomic(durable=True):
        text = _of(text_id)
        if text.refused_by:
            raise Moved("TEXT_REFUSED")
        if text.proposed_by == actor.id:
            raise Moved("OWN_TEXT")
        if _has(text, "approved"):
            raise Moved("ALREADY_APPROVED")
        if _has(text, "withdrawn"):
            raise Moved("TEXT_WITHDRAWN")
        return _step(text, "approved", approver, max(valid_from, now), actor, now)


def withdraw_text(*, text_id: UUID, approver: str, actor: Actor, now: datetime) -> TextStep:
    """Withdraw a version: at once it is shown no more, and no older one takes its place."""
    with transaction.atomic(durable=True):
        text = _of(text_id)
        if _has(text, "withdrawn"):
            raise Moved("TEXT_WITHDRAWN")
        return _step(text, "withdrawn", approver, now, actor, now)


def release_texts(*, approver: str, now: datetime) -> list[tuple[PublicText, str]]:
    """Register the texts shipped with this version; each with what became of it.

    `approved` when a release's text replaces a release's text, under the name of the release's
    approver; `proposed` when nobody is named, when the rules flag it, or when the operator has
    words of their own there; `refused` when the rules refuse it. What is known changes nothing.
    """
    with transaction.atomic(durable=True):
        # Two machines that start the same version take turns.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7403222)")
        known = set(PublicText.objects.values_list("key", "language", "sha256"))
        fresh = [
            one for one in texts.shipped() if (one.key, one.language, one.sha256) not in known
        ]
        return [_released(one, approver, now) for one in fresh]


def _released(one: Shipped, approver: str, now: datetime) -> tuple[PublicText, str]:
    before = texts.newest(one.key, one.language)
    text, _ = _laid(
        key=one.key, language=one.language, body=one.body, source="release", actor=SYSTEM, now=now
    )
    if text.refused_by:
        return text, "refused"
    if not approver or text.flags or (before is not None and before.source != "release"):
        return text, "proposed"
    # A name in the configuration is no account: its own id, never that of the proposer.
    named = Actor("system", uuid5(NAMESPACE_URL, f"release-approver:{approver}"))
    _step(text, "approved", approver, now, named, now)
    return text, "approved"


def _laid(
    *, key: str, language: str, body: str, source: str, actor: Actor, now: datetime
) -> tuple[PublicText, Decision]:
    """Judge, record, write."""
    decision = may_be_said(facts=text_facts(body), at=now, pack=packs.load())
    last = texts.newest(key, language)
    text = PublicText(
        key=key,
        language=language,
        version=last.version + 1 if last else 1,
        body=body,
        sha256=texts.digest(body),
        source=source,
        proposed_by=actor.id,
        proposed_at=now,
        refused_by=refusal_code(decision) if decision.outcome == BLOCK_INTAKE else "",
        flags=" ".join(decision.flags),
        pack_sha256=decision.pack.sha256,
    )
    record(
        type="text.refused" if text.refused_by else "text.judged",
        subject=text.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={**_named(text), "code": text.refused_by, "heard": [*sorted(heard_in(body))]},
        decision=decision,
    )
    text.save(force_insert=True)
    return text, decision


def _step(
    text: PublicText, kind: str, approver: str, valid_from: datetime, actor: Actor, now: datetime
) -> TextStep:
    step = TextStep(
        subject=text.subject,
        text=text,
        kind=kind,
        proposed_by=text.proposed_by,
        refused_by=text.refused_by,
        decided_by=actor.id,
        approver=approver,
        at=now,
        valid_from=valid_from,
    )
    record(
        type=f"text.{kind}",
        subject=text.subject,
        scope=NATIONAL,
        actor=actor,
        now=now,
        data={**_named(text), "valid_from": instant(valid_from)},
    )
    step.save(force_insert=True)
    return step


def _named(text: PublicText) -> dict[str, Json]:
    """The version as an entry names it: never its words."""
    return {
        "text": str(text.pk),
        "key": text.key,
        "language": text.language,
        "version": text.version,
        "sha256": text.sha256,
        "by": text.source,
    }


def _of(text_id: UUID) -> PublicText:
    text = texts.version_of(text_id)
    if text is None:
        raise Moved("TEXT_UNKNOWN")
    return text


def _has(text: PublicText, kind: str) -> bool:
    return TextStep.objects.filter(text=text, kind=kind).exists()
