"""Who comes in by the reviewers' door, and that each read is recorded before it is shown."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from audit.access import Reach, reach_of, strongly_authenticated
from audit.actions.reviewing import Part, record_reading

View = Callable[..., HttpResponse]


def for_reviewers(view: View) -> View:
    """Let in reviewers with a second factor and a council; hand `reach` to the view.

    Everybody else finds nothing here: 404, as for another council's question.
    """

    @wraps(view)
    def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        account: Any = request.user
        if not account.is_authenticated:
            return redirect_to_login(request.get_full_path())
        reach = reach_of(account)
        if not reach.codes:
            raise Http404
        if not strongly_authenticated(request):
            enabled = is_mfa_enabled(account)
            step = reverse("mfa_reauthenticate" if enabled else "mfa_activate_totp")
            return redirect(f"{step}?{urlencode({'next': request.get_full_path()})}")
        response = view(request, *args, reach=reach, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return door


def recorded(
    request: HttpRequest, *, part: Part, subject: UUID, reach: Reach, size: int = 0
) -> None:
    """Commit the entry of this read; only then is anything shown."""
    account: Any = request.user
    with transaction.atomic(durable=True):
        record_reading(
            part=part,
            subject=subject,
            reader=account,
            reach=reach,
            now=timezone.now(),
            size=size,
        )
