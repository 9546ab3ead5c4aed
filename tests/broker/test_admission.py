"""What a page answers when the machine was too slow for the record's clock."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from audit.actions import record
from audit.facts import SYSTEM
from audit.models import Account
from broker.views import admission
from broker.views.admission import POSTS_PER_MINUTE, for_kinds
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


def test_an_account_that_posts_faster_than_a_person_writes_nothing_more(database, monkeypatch):
    at = timezone.now().replace(second=59)
    monkeypatch.setattr(admission, "timezone", SimpleNamespace(now=lambda: at))
    account = Account.objects.get(subject=an_operator().id)
    acts = []

    @for_kinds("operator")
    def view(request: HttpRequest) -> HttpResponse:
        acts.append(request)
        return HttpResponse("ok")

    for _ in range(POSTS_PER_MINUTE):
        assert view(asked_by(account)).status_code == 200
    for _ in range(2):
        refused = view(asked_by(account))
        assert (refused.status_code, json.loads(refused.content)["code"]) == (429, "RATE_LIMITED")
    assert len(acts) == POSTS_PER_MINUTE
    other = Account.objects.get(subject=an_operator().id)
    assert view(asked_by(other)).status_code == 200
    at += timedelta(minutes=1)
    assert view(asked_by(account)).status_code == 200
