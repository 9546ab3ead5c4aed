"""Payments that cardholders contested at their bank, for the party they were paid to."""

from uuid import UUID

from audit.queries.pages import Page, page_of
from billing.models import Dispute
from billing.states import Party


def disputes_of(physician_id: UUID | None, after: str = "") -> Page[Dispute]:
    """A page of one party's disputes, the newest first; None is the platform."""
    rows = Dispute.objects.select_related("leg")
    if physician_id is None:
        rows = rows.filter(leg__party=Party.PLATFORM)
    else:
        rows = rows.filter(leg__party=Party.HONORAIRES, leg__quote__physician=physician_id)
    return page_of(rows, by="-seen_at", after=after)
