"""What `check --deploy` says of public words and of the platform: approved, and lawful."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import Error as DatabaseError
from django.utils import timezone

from audit.law import packs
from audit.law.model import BLOCK_INTAKE
from audit.law.words import finding_text
from broker.queries.platform import platform_facts
from broker.queries.texts import unregistered
from broker.rules import may_operate


@register(deploy=True)
def without_unapproved_texts(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Every public text of this version is in the register, approved by somebody."""
    if not settings.ENV.database_url:
        return []
    try:
        left = sorted({f"{one.key} ({one.language})" for one in unregistered()})
    except DatabaseError:
        return []  # whether the database answers is another check's question
    if not left:
        return []
    hint = "Set RELEASE_APPROVER and run `teleconseil publish`, or approve them on their page."
    named = ", ".join(left)
    return [
        Error(f"nobody approved these public texts: {named}", hint=hint, id="teleconseil.E103")
    ]


@register(deploy=True)
def lawful_platform(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """No rule on the platform itself blocks one with these settings."""
    now = timezone.now()
    try:
        decision = may_operate(facts=platform_facts(now), at=now, pack=packs.load())
    except DatabaseError:
        return []  # whether the database answers is another check's question
    blocking = [one for one in decision.refusing if one.outcome == BLOCK_INTAKE]
    return [_error(finding_text(one.rule, "en").reason, one.rule) for one in blocking]


def _error(reason: str, rule: str) -> Error:
    said = finding_text(rule, "en")
    hint = f"{said.code}, {said.article}. The README's table of variables says what to state."
    return Error(f"the platform may not work so: {reason}", hint=hint, id="teleconseil.E120")
