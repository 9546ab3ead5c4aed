"""What `check --deploy` says of the record: its guards stand as they were installed."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register
from django.db import Error as DatabaseError

from audit.queries.posture import weaknesses


@register(deploy=True)
def guards_stand(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every trigger fires always, and the service may do no more than it was given."""
    try:
        found = weaknesses(using="default")
    except DatabaseError:
        return []  # whether the database answers is another check's question
    hint = "Find out who let it down, then run `teleconseil prepare` as the owner."
    return [Error(weakness, hint=hint, id="teleconseil.E112") for weakness in found]
