"""Who may do what to a question at the broker's doors; anything else does not exist (404).

One function answers, for pages, scripts and every frame of a socket: `authorize`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_datetime

from audit.access import strongly_authenticated
from audit.facts import Actor
from audit.models import Account
from broker.queries import questions as queries
from consults import access as care
from consults import queries as people

DEMO_SALT = "demo-sign-in"
# Until when a session that came by an invitation's link may add a second factor.
ENROL_UNTIL = "enrol_until"
DEMO_LINK_SECONDS = 30 * 24 * 3600
APPROVE_TEXT = "approve_text"
LOOPBACK = ("127.0.0.1", "::1")
# A proxy on this machine brings strangers to a loopback address; it says so in one of these.
FORWARDED = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP", "HTTP_FORWARDED",
)  # fmt: skip

# What each side of a question may do. `look` is what the queue shows: never any text.
PATIENT_MAY = frozenset(
    {
        "look",
        "read",
        "write",
        "see",
        "accept",
        "pay",
        "withdraw",
        "deliver",
        "object",
        "close",
        "receipts",
        "report",
    }
)
PHYSICIAN_MAY = frozenset(
    {
        "look",
        "read",
        "write",
        "see",
        "answer",
        "decline",
        "deliver",
        "acquit",
        "receipts",
        "report",
    }
)
PHYSICIAN_MAY_BEFORE = frozenset({"look", "claim"})


class OutOfScope(Http404):
    """No such thing for this person, whether or not it exists for another."""


class NoFile(Exception):
    """A patient's account without a file, or whose chosen file is no longer theirs to use."""


class SignedOut(Exception):
    """No registered session of an active, sufficiently authenticated person."""


@dataclass(frozen=True)
class Standing:
    """A person in front of one question: who they are and where the question stands."""

    account_id: UUID
    actor: Actor
    side: str
    person_id: UUID
    language: str
    question_id: UUID
    subject: UUID
    state: str
    head_seq: int


def actor_of(account: Account) -> Actor:
    """The account as the record names it."""
    return Actor(cast(Any, account.kind), account.subject)


def signed_in(session_key: str) -> Account:
    """The active person of a registered session; SignedOut otherwise. Asks the database."""
    request = SimpleNamespace(session=SessionStore(session_key or None))
    account = auth.get_user(cast(Any, request))
    if not isinstance(account, Account) or not account.is_active:
        raise SignedOut
    if needs_second_factor(account) and not strongly_authenticated(cast(Any, request)):
        raise SignedOut
    return account


def may_approve_texts(account: Account) -> bool:
    """May this operator approve public texts? By a right given to them by name, never by rank."""
    if account.kind != "operator" or not account.is_active:
        return False
    named = Permission.objects.filter(
        user=account, codename=APPROVE_TEXT, content_type__app_label="broker"
    )
    return named.exists()


def appoint_approver(account: Account) -> None:
    """Give an operator the right to approve public texts."""
    account.user_permissions.add(_approving())


def dismiss_approver(account: Account) -> None:
    """Take that right back."""
    account.user_permissions.remove(_approving())


def _approving() -> Permission:
    return Permission.objects.get(codename=APPROVE_TEXT, content_type__app_label="broker")


def needs_second_factor(account: Account) -> bool:
    """Everyone but the patient needs one."""
    return account.kind != "patient"


def may_enrol_second_factor(request: HttpRequest, now: datetime) -> bool:
    """Say whether this session may add a second factor: a password alone never adds one.

    A patient's may: no door asks for theirs. For others, an invitation's link was just used, or
    a second factor was shown already.
    """
    account = request.user
    if not isinstance(account, Account):
        return False
    if not needs_second_factor(account) or strongly_authenticated(request):
        return True
    until = parse_datetime(request.session.get(ENROL_UNTIL, ""))
    return until is not None and now < until


def authorize(account: Account, action: str, question_id: UUID) -> None:
    """Return when this person may do this to this question; else raise OutOfScope."""
    assert action in PATIENT_MAY | PHYSICIAN_MAY | PHYSICIAN_MAY_BEFORE
    if care.may_take_part(account, question_id):
        allowed = PATIENT_MAY if account.kind == "patient" else PHYSICIAN_MAY
    elif action == "report" and care.may_read_report(account, question_id):
        return
    elif care.may_answer_queue(account):
        physician_id = queries.physician_of(account.pk)
        offered = physician_id and queries.is_offered(question_id, physician_id)
        allowed = PHYSICIAN_MAY_BEFORE if offered else frozenset()
    else:
        allowed = frozenset()
    if action not in allowed:
        raise OutOfScope


def standing(*, account: Account, action: str, question_id: UUID) -> Standing:
    """Authorize, and say where the question stands for this person."""
    authorize(account, action, question_id)
    glance = people.standing(question_id)
    side = account.kind
    if glance is None:
        raise OutOfScope
    person = glance.patient_id if side == "patient" else queries.physician_of(account.pk)
    if person is None:
        raise OutOfScope
    return Standing(
        account_id=account.pk,
        actor=actor_of(account),
        side=side,
        person_id=person,
        language=account.language,
        question_id=question_id,
        subject=glance.subject,
        state=glance.state,
        head_seq=glance.head_seq,
    )


def alerts_for(physician_id: UUID, at: datetime, alert_id: UUID | None = None) -> list[Any]:
    """The open alerts this physician may read; with `alert_id`, that one or OutOfScope."""
    mine = [one for one in people.open_alerts(physician_id, at) if alert_id in (None, one.id)]
    if alert_id is not None and not mine:
        raise OutOfScope
    return mine


def from_this_machine(request: HttpRequest) -> bool:
    """Say whether the visitor sits at this very machine, with no proxy in between."""
    forwarded = any(header in request.META for header in FORWARDED)
    return request.META.get("REMOTE_ADDR") in LOOPBACK and not forwarded


def demo_account(request: HttpRequest, token: str, now: datetime) -> Account:
    """The person of a demonstration's sign-in link; OutOfScope outside a local demonstration."""
    if not (settings.DEMO and from_this_machine(request)):
        raise OutOfScope
    try:
        payload = signing.loads(
            token, salt=DEMO_SALT, max_age=timedelta(seconds=DEMO_LINK_SECONDS)
        )
        account = Account.objects.filter(pk=UUID(payload["account"]), is_active=True).first()
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise OutOfScope from None
    if account is None:
        raise OutOfScope
    return account
