"""What every page's chrome shows beside the page: how many alerts wait for this physician."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone

from audit.models import Account
from broker.access import alerts_for
from broker.queries import questions as queries


def alerts_waiting(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """A context processor; the count is asked of the database where a template prints it."""

    def number() -> int:
        account = request.user
        if not isinstance(account, Account) or account.kind != "physician":
            return 0
        physician_id = queries.physician_of(account.pk)
        return len(alerts_for(physician_id, timezone.now())) if physician_id else 0

    return {"alerts_waiting": number}
