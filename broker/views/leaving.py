"""Closing an account and erasing a file: what stays, what goes, and taking it back in time."""

import logging
from typing import Any

from django.contrib import auth, messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from broker.access import actor_of
from broker.actions import leaving
from broker.forms.choices import LeaveForm
from broker.views.admission import account_in, for_kinds, form_again
from consults import queries as people
from consults import states
from consults.queries import agreements

log = logging.getLogger(__name__)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Say what stays and what goes; a POST closes the account, or asks for the erasure."""
    account = account_in(request)
    form = LeaveForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "broker/leave.html", _page(request, form))
    if not form.is_valid():
        return form_again(request, "broker/leave.html", _page(request, form), form.codes())
    address, erasing = account.email, form.cleaned_data["how"] == "erase"
    act = leaving.ask_erasure if erasing else leaving.close_account
    token = act(account_id=account.pk, actor=actor_of(account), now=timezone.now())
    link = request.build_absolute_uri(reverse("billing:sealed", args=[token]))
    page = {"link": link, "mailed": _mailed(address, link), "erasing": erasing}
    if erasing:
        page["due"] = _page(request, form)["erasure"].due_at
    else:
        auth.logout(request)
    return render(request, "broker/left.html", page)


def _page(request: HttpRequest, form: LeaveForm) -> dict[str, Any]:
    files = agreements.patients_behind(account_in(request).pk, timezone.now())
    ids = [one.id for one in files]
    return {
        "form": form,
        "files": files,
        "grown": people.files_to_hand_over(account_in(request).pk, timezone.now()),
        "unanswered": len(agreements.unanswered_of(ids)),
        "unfinished": agreements.unfinished_of(ids),
        "erasure": agreements.erasure_of(ids[0]) if ids else None,
        "days": states.ERASURE_WAITS.days,
    }


def _mailed(address: str, link: str) -> bool:
    """Send the sealed address, which is on the page too; whether it left."""
    body = gettext(
        "Ce lien ouvre vos reçus et factures, et rien d’autre, une fois votre compte fermé."
        " Conservez-le : personne ne peut le refaire."
    )
    try:
        return bool(send_mail(gettext("Vos reçus"), f"{body}\n\n{link}\n", None, [address]))
    except OSError as failed:  # SMTP's errors are among them
        log.warning("the sealed address was not mailed: %s", type(failed).__name__)
        return False


@for_kinds("patient")
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Take the erasure back while it waits."""
    account = account_in(request)
    leaving.cancel_erasure(account_id=account.pk, actor=actor_of(account), now=timezone.now())
    messages.success(request, gettext("L’effacement est annulé : votre dossier reste."))
    return redirect("broker:data")
