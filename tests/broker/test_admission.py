"""What a page answers when the machine was too slow for the record's clock."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from audit.actions import record
from audit.facts import SYSTEM
from audit.models import Account
from broker.views.admission import for_kinds
from tests.people import an_operator


def asked_by(account) -> HttpRequest:
    request = RequestFactory().post("/", headers={"Accept": "application/json"})
    request.user = account
    request.session = {"strong_at": timezone.now().isoformat()}
    return request


@pytest.mark.parametrize(("slow_times", "status"), [(1, 200), (2, 503)])
def test_an_act_too_old_for_the_record_is_tried_once_more(database, slow_times, status):
    moments = iter([timedelta(minutes=1)] * slow_times + [timedelta(0)])
    account = Account.objects.get(subject=an_operator().id)

    @for_kinds("operator")
    def view(request: HttpRequest) -> HttpResponse:
        from_now = next(moments)
        with transaction.atomic():
            record(
                type="account.changed", subject=account.subject, scope="national",
                actor=SYSTEM, now=timezone.now() - from_now,
            )  # fmt: skip
        return HttpResponse("ok")

    assert view(asked_by(account)).status_code == status
