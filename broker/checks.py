"""What `check --deploy` says of public words: each text of this version was approved."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import Error as DatabaseError

from broker.queries.texts import unregistered


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
        Error(f"nobody approved these public texts: {named}", hint=hint, id="teleconseil.E102")
    ]
