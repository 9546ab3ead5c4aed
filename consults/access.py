"""Who may see or do what with a question. The only module of care that asks guardian.

Deny by default: what is not granted here is answered as if it did not exist (404).
"""

from uuid import UUID

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from guardian.shortcuts import get_objects_for_user

from audit.models import Account
from consults import states
from consults.models import PathwayEvidence, Physician, Question, QuestionUserPermission
from consults.queries.files import usable

TAKE_PART = "take_part"
READ_REPORT = "read_report"


def questions_for(account: Account) -> QuerySet[Question]:
    """The questions in whose thread this account takes part, and no other.

    The right of the patient's side goes with the file: to whoever holds it at this instant.
    """
    if account.kind != "patient":
        return _granted(account, TAKE_PART)
    if not account.is_active:
        return Question.objects.none()
    given = QuestionUserPermission.objects.filter(
        content_object=OuterRef("pk"), user__kind="patient", permission__codename=TAKE_PART
    )
    # The database's clock: a child's file stops being readable at that instant, by itself.
    return Question.objects.filter(
        Exists(given), usable(Now(), "patient__"), patient__account=account
    )


def reports_for(account: Account) -> QuerySet[Question]:
    """The questions whose report was delivered here to this account's physician."""
    return _granted(account, READ_REPORT)


def _granted(account: Account, right: str) -> QuerySet[Question]:
    if not account.is_active:
        return Question.objects.none()
    return get_objects_for_user(
        account,
        f"consults.{right}",
        klass=Question,
        with_superuser=False,
        accept_global_perms=False,
        use_groups=False,
    )


def may_take_part(account: Account, question_id: UUID) -> bool:
    """May this account read and write in this thread? Operators and reviewers never may."""
    if account.kind not in ("patient", "physician"):
        return False
    return questions_for(account).filter(pk=question_id).exists()


def may_read_report(account: Account, question_id: UUID) -> bool:
    """May this account read the report: its people, and the physician it was delivered to?"""
    if may_take_part(account, question_id):
        return True
    return account.kind == "physician" and reports_for(account).filter(pk=question_id).exists()


def may_answer_queue(account: Account) -> bool:
    """May this account look at the physicians' queue? Nobody may whose file was not vetted."""
    return (
        account.is_active
        and account.kind == "physician"
        and Physician.objects.filter(
            account_id=account.pk, state__in=states.KNOWN_PHYSICIANS
        ).exists()
    )


def may_attest(account: Account, evidence_id: UUID) -> bool:
    """May this account confirm or deny this declared link? Only the attestor named in it."""
    return (
        account.is_active
        and PathwayEvidence.objects.filter(
            pk=evidence_id, attestor__account_id=account.pk
        ).exists()
    )


def may_end(account: Account, evidence_id: UUID) -> bool:
    """May this account end this link of care? Its patient, or the attestor whose word it is."""
    link = PathwayEvidence.objects.filter(pk=evidence_id)
    if account.kind == "patient":
        link = link.filter(usable(Now(), "patient__"), patient__account_id=account.pk)
    else:
        link = link.filter(attestor__account_id=account.pk)
    return account.is_active and link.exists()


def allow(question: Question, account_id: UUID, right: str = TAKE_PART) -> None:
    """Give an account a right on a question; the caller records it."""
    QuestionUserPermission.objects.get_or_create(
        user_id=account_id, permission=_permission(right), content_object=question
    )


def disallow(question: Question, account_id: UUID) -> None:
    """Take that right back; the caller records it."""
    QuestionUserPermission.objects.filter(
        user_id=account_id, permission=_permission(TAKE_PART), content_object=question
    ).delete()


def _permission(right: str) -> Permission:
    return Permission.objects.get(
        codename=right, content_type__app_label="consults", content_type__model="question"
    )
