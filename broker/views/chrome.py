"""What every page's chrome shows beside the page: waiting alerts, and a child's file in use."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils import timezone

from audit.models import Account
from broker.access import alerts_for
from broker.queries import questions as queries
from broker.views.asking import FILE
from consults import queries as people


def file_in_use(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """A context processor: whose file the patient's pages show; empty for one's own."""

    def name() -> str:
        account, chosen = request.user, request.session.get(FILE)
        if not chosen or not isinstance(account, Account) or account.kind != "patient":
            return ""
        files = people.files_of(account.pk, timezone.now())
        return next((one.name for one in files if str(one.id) == chosen and not one.own), "")

    return {"file_in_use": name}


def alerts_waiting(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """A context processor; the count is asked of the database where a template prints it."""

    def number() -> int:
        account = request.user
        if not isinstance(account, Account) or account.kind != "physician":
            return 0
        physician_id = queries.physician_of(account.pk)
        return len(alerts_for(physician_id, timezone.now())) if physician_id else 0

    return {"alerts_waiting": number}
