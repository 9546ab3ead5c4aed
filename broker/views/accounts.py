"""Accounts that the operator opens, and the link by which an invited person begins."""

from datetime import timedelta

from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.contrib import auth
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from audit.access import STRONG_AT
from broker.access import ENROL_UNTIL, actor_of
from broker.actions import inviting
from broker.actions.faults import Moved
from broker.actions.inviting import Invited
from broker.forms.files import ApplicantForm, BeginForm, InviteForm
from broker.views.admission import account_in, coded, for_kinds, form_again, refused
from broker.views.public import said
from broker.views.threads import language_of

ENROL_MINUTES = 30
APPLICATIONS = {"physician_applies": "5/h/ip,20/d/ip"}
SECOND_FACTOR = "/compte/2fa/totp/activate/"


@for_kinds("operator")
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """Open an account or give a new link, mailed; shown only until somebody has begun with it."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "broker/accounts.html", {"form": form})
    if not form.is_valid():
        return form_again(request, "broker/accounts.html", {"form": form}, form.codes())
    invited = inviting.invite(
        email=form.cleaned_data["email"],
        kind=form.cleaned_data["kind"],
        council=form.cleaned_data["council"] if form.cleaned_data["kind"] == "reviewer" else "",
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    link = request.build_absolute_uri(reverse("broker:begin", args=[invited.token]))
    sent = send_link(invited, link, request.get_host())
    page = {
        "form": InviteForm(),
        "invited": invited,
        "link": "" if invited.begun else link,
        "sent": sent,
    }
    return render(request, "broker/accounts.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def physicians(request: HttpRequest) -> HttpResponse:
    """How a physician comes to answer here; a POST mails the link by which to apply."""
    form = ApplicantForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return said(request, "medecins", "broker/physicians.html", form=form)
    if not form.is_valid():
        response = said(request, "medecins", "broker/physicians.html", form=form)
        response.status_code = 422
        return coded(response, form.codes()[0])
    if not consume(request, app="broker", action="physician_applies", config=APPLICATIONS):
        return refused(request, "RATE_LIMITED", status=429)
    language = language_of(request)
    invited = inviting.apply_for_link(
        email=form.cleaned_data["email"], now=timezone.now(), language=language
    )
    if invited is not None:
        link = request.build_absolute_uri(reverse("broker:begin", args=[invited.token]))
        send_link(invited, link, request.get_host(), language)
    # Whoever asks reads the same words, whatever the address is.
    return said(request, "medecins", "broker/physicians.html", form=None)


def send_link(invited: Invited, link: str, site: str, language: str = "fr") -> bool:
    """Mail a link to the person it is for; False when the mail could not leave."""
    with translation.override(language):
        text = render_to_string(
            "broker/invited.txt",
            {"link": link, "site": site, "until": timezone.localtime(invited.expires_at)},
        )
        try:
            send_mail(gettext("Votre accès"), text, None, [invited.email])
        except OSError:
            return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest, token: str) -> HttpResponse:
    """Use an invitation: a first password, then at once the second factor."""
    now = timezone.now()
    account = inviting.invited_by(token=token, now=now)
    if account is None:
        return refused(request, "INVITATION_SPENT", status=410)
    posted = request.POST if request.method == "POST" else None
    form = BeginForm(posted)
    page = {"form": form, "email": account.email}
    if posted is None:
        return render(request, "broker/begin.html", page)
    if not form.is_valid():
        return form_again(request, "broker/begin.html", page, form.codes())
    try:
        begun = inviting.begin(token=token, password=form.cleaned_data["password1"], now=now)
    except Moved as moved:
        return refused(request, moved.code, status=410)
    auth.logout(request)
    auth.login(request, begun, backend=settings.AUTHENTICATION_BACKENDS[0])
    record_authentication(request, begun, method="password", reauthenticated=True)
    request.session.pop(STRONG_AT, None)
    request.session[ENROL_UNTIL] = (now + timedelta(minutes=ENROL_MINUTES)).isoformat()
    return HttpResponseRedirect(SECOND_FACTOR)
