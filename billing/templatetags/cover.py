"""`{% cover at as said %}`: the reimbursement statement computed for that moment."""

from datetime import datetime

from django import template

from billing.queries.cover import Statement, statement

register = template.Library()


@register.simple_tag
def cover(at: datetime) -> Statement:
    """See `billing.queries.cover.statement`."""
    return statement(at)
