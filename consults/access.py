"""Who may see or do what with a question. The only module of care that asks guardian.

Deny by default: what is not granted here is answered as if it did not exist (404).
"""

from uuid import UUID

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from guardian.shortcuts import get_objects_for_user

from audit.models import Account
from consults.models import PathwayEvidence, Question, QuestionUserPermission

TAKE_PART = "take_part"


def questions_for(account: Account) -> QuerySet[Question]:
    """The questions in whose thread this account takes part, and no other."""
    if not account.is_active:
        return Question.objects.none()
    return get_objects_for_user(
        account,
        f"consults.{TAKE_PART}",
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


def may_answer_queue(account: Account) -> bool:
    """May this account look at the physicians' queue?"""
    return account.is_active and account.kind == "physician"


def may_attest(account: Account, evidence_id: UUID) -> bool:
    """May this account confirm or deny this declared link? Only the attestor named in it."""
    return (
        account.is_active
        and PathwayEvidence.objects.filter(
            pk=evidence_id, attestor__account_id=account.pk
        ).exists()
    )


def allow(question: Question, account_id: UUID) -> None:
    """Let an account take part in a question; the caller records it."""
    QuestionUserPermission.objects.get_or_create(
        user_id=account_id, permission=_take_part(), content_object=question
    )


def disallow(question: Question, account_id: UUID) -> None:
    """Take that right back; the caller records it."""
    QuestionUserPermission.objects.filter(
        user_id=account_id, permission=_take_part(), content_object=question
    ).delete()


def _take_part() -> Permission:
    return Permission.objects.get(
        codename=TAKE_PART, content_type__app_label="consults", content_type__model="question"
    )
