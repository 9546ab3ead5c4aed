"""Links of care: a patient says who treats them, the physician named as attestor confirms."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from broker.access import OutOfScope, actor_of
from broker.actions import linking
from broker.forms import ConfirmForm, DeclareForm
from broker.forms.choices import LinkForm, SearchForm, TreatingForm
from broker.views.admission import account_in, for_kinds, form_again, refused, wants_json
from broker.views.asking import GROUND_WORDS, patient_in
from broker.views.desk import physician_in
from consults import access as care
from consults import queries as people
from consults.queries import links as linked
from consults.queries.finding import SearchTooLong, physicians_here, physicians_listed
from consults.states import DECLARED_GROUNDS, ERRORS

# The treating physician has a page of their own: what is left is declared here.
OTHERS = [(one, GROUND_WORDS[one]) for one in DECLARED_GROUNDS if one != "treating"]


@for_kinds("patient", "physician")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """A patient's pathway, or what waits for a physician's word and stands on it."""
    if account_in(request).kind == "physician":
        if request.method == "POST":
            raise OutOfScope
        return _attested(request, physician_in(request))
    return _declared(request, patient_in(request))


def _attested(request: HttpRequest, physician_id: UUID) -> HttpResponse:
    page = {
        "links": people.links_to_attest(physician_id),
        "standing": linked.links_attested(physician_id),
        "reports": people.reports_received(physician_id),
        "known": people.patients_known_to(physician_id, timezone.now()),
        "words": GROUND_WORDS,
    }
    return render(request, "broker/attest.html", page)


def _declared(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    now = timezone.now()
    form = DeclareForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, "broker/pathway.html", _pathway(patient_id, form))
    if not form.is_valid():
        page = _pathway(patient_id, form)
        return form_again(request, "broker/pathway.html", page, form.codes())
    physician_id = form.cleaned_data["physician"]
    attestor_id = form.cleaned_data["attestor"] or physician_id
    known = set(people.physicians().values_list("id", flat=True))
    if not {physician_id, attestor_id} <= known:
        page = _pathway(patient_id, form)
        return form_again(request, "broker/pathway.html", page, ["PHYSICIAN_UNKNOWN"])
    evidence_id = linking.declare(
        patient_id=patient_id,
        ground=form.cleaned_data["ground"],
        physician_id=physician_id,
        attestor_id=attestor_id,
        actor=actor_of(account_in(request)),
        now=now,
    )
    if wants_json(request):
        return JsonResponse({"evidence": str(evidence_id)}, status=201)
    messages.success(request, gettext("C’est noté : le médecin le verra et pourra confirmer."))
    return redirect("broker:links")


def _pathway(patient_id: UUID, form: DeclareForm) -> dict[str, Any]:
    now = timezone.now()
    all_links = people.links_of(patient_id)
    live = [one for one in all_links if one.ended_at is None and one.confirmed is not False]
    return {
        "form": form,
        "treating": next((one for one in live if one.ground == "treating"), None),
        "choice": linked.treating_choice(patient_id, now),
        "others": [(one, linked.counts(one, now)) for one in live if one.ground != "treating"],
        "past": [one for one in all_links if one not in live],
        "physicians": people.physicians(),
        "grounds": OTHERS,
    }


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def treating(request: HttpRequest) -> HttpResponse:
    """Look for one's treating physician, here and in the register; or say the honest no."""
    patient_id, now = patient_in(request), timezone.now()
    live = linked.treating_link(patient_id, now)
    page: dict[str, Any] = {"form": SearchForm(), "current": live}
    if request.method != "POST":
        return render(request, "broker/treating.html", page)
    form = SearchForm(request.POST)
    page["form"] = form
    if not form.is_valid():
        return form_again(request, "broker/treating.html", page, form.codes())
    asked = form.cleaned_data["asked"]
    page |= {"asked": asked, "here": physicians_here(asked)}
    numbers = {one.rpps for one in page["here"]}
    try:
        listed = physicians_listed(asked)
    except SearchTooLong as slow:
        form.add_error("asked", gettext(ERRORS[slow.code]))
        return form_again(request, "broker/treating.html", page, [slow.code])
    page["listed"] = [one for one in listed if one.rpps not in numbers]
    return render(request, "broker/treating.html", page)


@for_kinds("patient")
@require_POST
def say_treating(request: HttpRequest) -> HttpResponse:
    """A treating physician who does not answer here, none at all, or no word about it."""
    form = TreatingForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    linking.say_treating(
        patient_id=patient_in(request),
        choice=form.cleaned_data["choice"],
        rpps=form.cleaned_data["rpps"],
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    messages.success(request, gettext("Votre choix est enregistré."))
    return redirect("broker:links")


@for_kinds("patient", "physician")
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """End a link from now on: one's own, or one that stands on one's word."""
    account, form = account_in(request), LinkForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    evidence_id = form.cleaned_data["evidence"]
    if not care.may_end(account, evidence_id):
        raise OutOfScope
    linking.end(evidence_id=evidence_id, actor=actor_of(account), now=timezone.now())
    messages.success(request, gettext("Le lien est terminé, à partir de maintenant."))
    return redirect("broker:links")


@for_kinds("physician")
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The attestor confirms or denies a link."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    evidence_id = form.cleaned_data["evidence"]
    if not care.may_attest(account_in(request), evidence_id):
        raise OutOfScope
    linking.confirm(
        evidence_id=evidence_id,
        confirmed=form.cleaned_data["confirmed"] == "yes",
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    return redirect("broker:links")
