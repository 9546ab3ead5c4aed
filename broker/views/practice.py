"""A physician's own file: apply, send papers, see what is lacking, declare, print the contract."""

import hashlib
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broker import protocol
from broker.access import OutOfScope, actor_of
from broker.actions import careers
from broker.forms.career_words import ITEM_WORDS, KIND_WORDS, STATUS_WORDS
from broker.forms.careers import ApplyForm, DeclareNoLetterForm, EvidenceForm
from broker.views.admission import account_in, coded, for_kinds, form_again, refused, wants_json
from consults import actions as care
from consults import queries as people
from consults import states
from consults.contracts import STATEMENT
from consults.models import Physician
from consults.queries import dossiers

FILE = "broker/practice.html"
# What a physician reads before the first question, and every year; the hash says which words.
ONBOARDING = (
    _("Une urgence n’est jamais traitée par écrit : vous dites d’appeler le 15 ou le 112."),
    _("Ni arrêt de travail, ni certificat, ni ordonnance ne part d’un échange écrit."),
    _("Vous répondez vous-même, sur une question de votre compétence, et vous pouvez refuser."),
    _("Seul un avis personnalisé, tracé et dans le parcours de soins donne lieu à honoraires."),
    _("Le compte rendu part au médecin traitant, sauf opposition du patient."),
    _("Aucun objectif de nombre ni de délai ne vous est fixé, et votre prix n’en dépend pas."),
)


def own_file(request: HttpRequest) -> Physician:
    """The file of the physician who is signed in, whatever its state."""
    physician = people.physician_of(account_in(request).pk)
    if physician is None:
        raise OutOfScope
    return physician


@for_kinds("physician")
@require_safe
def practice(request: HttpRequest) -> HttpResponse:
    """The file: its state, what is missing, what ends soon, the contract."""
    if people.physician_of(account_in(request).pk) is None:
        return redirect("broker:apply")
    return render(request, FILE, _page(request))


def _page(request: HttpRequest, **more: Any) -> dict[str, Any]:
    shown = dossiers.dossier(own_file(request), timezone.now())
    first = {"valid_from": timezone.localdate()}
    codes = shown.missing or shown.lapsed
    return {
        "one": shown,
        "missing": [(code, gettext(protocol.ERRORS[code])) for code in codes],
        "onboarded": any(a.row.kind == "onboarding" and a.in_force for a in shown.attested),
        "onboarding": [gettext(point) for point in ONBOARDING],
        "statement": STATEMENT,
        "form": EvidenceForm(initial=first),
        "kinds": KIND_WORDS,
        "items": ITEM_WORDS,
        "proof": states.STATUSES[shown.physician.status],
        **more,
    }


@for_kinds("physician")
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Apply: once, with a number that the national register knows under this name."""
    account = account_in(request)
    if people.physician_of(account.pk) is not None:
        return redirect("broker:practice")
    form = ApplyForm(request.POST if request.method == "POST" else None)
    page = {"form": form, "statuses": STATUS_WORDS}
    if request.method != "POST":
        return render(request, "broker/apply.html", page)
    if not form.is_valid():
        return form_again(request, "broker/apply.html", page, form.codes())
    said = form.cleaned_data
    applied = careers.apply(
        account_id=account.pk,
        account_subject=account.subject,
        said=care.Application(
            rpps=said["rpps"],
            name=f"{said['title']} {said['given_name']} {said['family_name']}",
            specialty=said["specialty"],
            departement=said["departement"],
            council=said["departement"],
            status=said["status"],
        ),
        actor=actor_of(account),
        now=timezone.now(),
    )
    if applied.code:
        form.add_error(None, gettext(protocol.ERRORS[applied.code]))
        return form_again(request, "broker/apply.html", page, [applied.code])
    return redirect("broker:practice")


@for_kinds("physician")
@require_POST
def evidence(request: HttpRequest) -> HttpResponse:
    """Keep a file that proves something; the operator attests it after reading it."""
    physician = own_file(request)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return form_again(request, FILE, _page(request, form=form), form.codes())
    said = form.cleaned_data
    digest = careers.receive(
        physician_id=physician.pk,
        content=said["file"],
        proves=care.Proves(said["kind"], said["valid_from"], said["valid_until"]),
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    if wants_json(request):
        return JsonResponse({"sha256": digest}, status=201)
    return redirect("broker:practice")


@for_kinds("physician")
@require_POST
def onboard(request: HttpRequest) -> HttpResponse:
    """The physician has read how one works here."""
    if not DeclareNoLetterForm(request.POST).is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    careers.onboard(
        physician_id=own_file(request).pk,
        text_sha256=hashlib.sha256("\n".join(ONBOARDING).encode()).hexdigest(),
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    return redirect("broker:practice")


@for_kinds("physician")
@require_POST
def declare(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    """Declare on honour that no counter-letter exists; the door asked for the second factor."""
    contract = dossiers.contract_row(contract_id)
    if contract is None or contract.physician_id != own_file(request).pk:
        raise OutOfScope
    if not DeclareNoLetterForm(request.POST).is_valid():
        return coded(redirect("broker:practice"), "FIELD_INVALID")
    careers.declare(
        contract_id=contract.pk,
        statement_sha256=hashlib.sha256(STATEMENT.encode()).hexdigest(),
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    return redirect("broker:practice")


@for_kinds("physician", "operator")
@require_safe
def contract(request: HttpRequest, contract_id: UUID) -> HttpResponse:
    """The contract's page, made to be printed: parties, dates, items, the visa."""
    row = dossiers.contract_row(contract_id)
    account = account_in(request)
    if row is None or (account.kind == "physician" and row.physician_id != own_file(request).pk):
        raise OutOfScope
    shown = dossiers.dossier(row.physician, timezone.now())
    one = next(one for one in shown.contracts if one.row.pk == row.pk)
    page = {"one": one, "physician": row.physician, "items": ITEM_WORDS}
    return render(request, "broker/contract.html", page)
