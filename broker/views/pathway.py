"""Links of care: a patient declares them, the physician named as attestor confirms or denies."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from broker.access import OutOfScope, actor_of
from broker.actions import linking
from broker.forms import ConfirmForm, DeclareForm
from broker.views.admission import account_in, for_kinds, form_again, refused, wants_json
from broker.views.asking import GROUND_WORDS, patient_in
from broker.views.desk import physician_in
from consults import access as care
from consults import queries as people
from consults.states import DECLARED_GROUNDS

GROUNDS = [(ground, GROUND_WORDS[ground]) for ground in DECLARED_GROUNDS]


@for_kinds("patient", "physician")
@require_http_methods(["GET", "HEAD", "POST"])
def links(request: HttpRequest) -> HttpResponse:
    """A patient's declarations, or what waits for a physician's word."""
    if account_in(request).kind == "physician":
        if request.method == "POST":
            raise OutOfScope
        waiting = people.links_to_attest(physician_in(request))
        page = {
            "links": waiting,
            "reports": people.reports_received(physician_in(request)),
            "known": people.patients_known_to(physician_in(request), timezone.now()),
        }
        return render(request, "broker/attest.html", {**page, "words": GROUND_WORDS})
    return _declared(request, patient_in(request))


def _declared(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    now = timezone.now()
    offered = people.physicians_offered(patient_id, now)
    form = DeclareForm(request.POST if request.method == "POST" else None)
    known = {one.physician_id for one in offered}
    page = {
        "form": form,
        "links": people.links_of(patient_id),
        "physicians": offered,
        "grounds": GROUNDS,
        "words": GROUND_WORDS,
    }
    if request.method != "POST":
        return render(request, "broker/pathway.html", page)
    if not form.is_valid():
        return form_again(request, "broker/pathway.html", page, form.codes())
    physician_id = form.cleaned_data["physician"]
    attestor_id = form.cleaned_data["attestor"] or physician_id
    if not {physician_id, attestor_id} <= known:
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
