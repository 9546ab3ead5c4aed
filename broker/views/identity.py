"""Proof of identity: away to the identity provider and back, or a physician's own word."""

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from broker.access import OutOfScope, actor_of
from broker.actions import filing
from broker.forms.files import VouchForm
from broker.views.admission import account_in, for_kinds, refused
from broker.views.asking import FILE
from broker.views.desk import physician_in
from consults import actions as care
from consults import queries as people
from consults.adapters import openid

ASKED = "identity_asked"
log = structlog.get_logger()


@for_kinds("patient")
@require_safe
def leave(request: HttpRequest) -> HttpResponse:
    """Go to the identity provider, for one's own file only: it does not know one's children."""
    if not openid.provider_name() or people.patient_of(account_in(request).pk) is None:
        raise OutOfScope
    back = request.build_absolute_uri(reverse("broker:identity_back"))
    try:
        address, asked = openid.departure(back)
    except (openid.ProviderAway, openid.NotProven) as wrong:
        return _failed(request, wrong)
    request.session[ASKED] = asked.as_json()
    return HttpResponseRedirect(address)


@for_kinds("patient")
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Come back from the identity provider, once for each time one left."""
    kept = request.session.pop(ASKED, None)
    own = people.patient_of(account_in(request).pk)
    if kept is None or own is None or not openid.provider_name():
        return refused(request, "IDENTITY_NOT_PROVEN")
    try:
        claims = openid.arrival(openid.Asked(**kept), request.GET.dict())
    except (openid.ProviderAway, openid.NotProven) as wrong:
        return _failed(request, wrong)
    actor, now = actor_of(account_in(request)), timezone.now()
    try:
        filing.prove(patient_id=own.id, claims=claims, actor=actor, now=now)
    except care.IdentityMismatch as wrong:
        request.session.pop(FILE, None)  # what there may be to correct is one's own file
        return refused(request, wrong.code, way=reverse("broker:correct"))
    messages.success(request, gettext("Votre identité est établie."))
    return redirect("broker:file")


def _failed(request: HttpRequest, wrong: Exception) -> HttpResponse:
    """Say no; what was wrong goes to the process's log, without a word about the person."""
    away = isinstance(wrong, openid.ProviderAway)
    log.warning("identity.not-proven", away=away, why=str(wrong))
    code = "IDENTITY_PROVIDER_AWAY" if away else "IDENTITY_NOT_PROVEN"
    return refused(request, code, status=503 if away else 409)


@for_kinds("patient")
@require_POST
def disown(request: HttpRequest) -> HttpResponse:
    """Take one's identification back: from then on answers are free again."""
    own = people.patient_of(account_in(request).pk)
    if own is None:
        raise OutOfScope
    filing.disown(patient_id=own.id, actor=actor_of(account_in(request)), now=timezone.now())
    return redirect("broker:file")


@for_kinds("physician")
@require_POST
def vouch(request: HttpRequest) -> HttpResponse:
    """A physician's word on a patient with whom they confirmed a link."""
    form = VouchForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    physician_id, now = physician_in(request), timezone.now()
    patient_id = form.cleaned_data["patient"]
    if patient_id not in {one.patient_id for one in people.patients_known_to(physician_id, now)}:
        raise OutOfScope
    filing.vouch(
        patient_id=patient_id,
        physician_id=physician_id,
        says=form.cleaned_data["says"],
        actor=actor_of(account_in(request)),
        now=now,
    )
    return redirect("broker:links")
