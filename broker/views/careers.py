"""The operator's contract desk: who waits for what, and one physician's file with its acts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from broker import protocol
from broker.access import OutOfScope, actor_of
from broker.actions import careers
from broker.forms import DoorForm
from broker.forms.career_words import DETAILS, ITEM_WORDS, KIND_WORDS, REASON_WORDS, STATUS_WORDS
from broker.forms.careers import (
    AnswerOfCouncilForm,
    AttestForm,
    ContractForm,
    ItemsForm,
    MoveForm,
    SentForm,
)
from broker.queries import words
from broker.views.admission import account_in, coded, for_kinds, form_again, wants_json
from broker.views.threads import language_of
from consults import actions as care
from consults import states
from consults.models import Physician
from consults.queries import dossiers

FILE = "broker/career.html"


@for_kinds("operator")
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Every physician by what their file waits for."""
    now = timezone.now()
    shown = [dossiers.dossier(one, now) for one in dossiers.dossiers()]
    groups = [(state, [one for one in shown if one.physician.state == state]) for state in ORDER]
    page = {"groups": [group for group in groups if group[1]], "endings": _endings(shown)}
    return render(request, "broker/careers.html", page)


ORDER = (
    states.APPLIED, states.VETTED, states.CONTRACT_SENT, states.VISA, states.SUSPENDED,
    states.ACTIVE, states.TURNED_DOWN,
)  # fmt: skip


def _endings(shown: list[dossiers.Dossier]) -> list[tuple[dossiers.Dossier, dossiers.Attested]]:
    """What ends within sixty days, the nearest first."""
    found = [(one, a) for one in shown for a in one.attested if a.in_force and a.days_left]
    return sorted(found, key=lambda pair: pair[1].days_left or 0)


@for_kinds("operator")
@require_safe
def career(request: HttpRequest, physician_id: UUID) -> HttpResponse:
    """One physician's file: the checklist, the papers to read, the contract, the next step."""
    return render(request, FILE, _page(physician_id))


def _physician(physician_id: UUID) -> Physician:
    found = dossiers.dossiers().filter(pk=physician_id).first()
    if found is None:
        raise OutOfScope
    return found


def _page(physician_id: UUID, **more: Any) -> dict[str, Any]:
    shown = dossiers.dossier(_physician(physician_id), timezone.now())
    state = shown.physician.state
    moves = [
        (to, [(reason, REASON_WORDS[reason]) for reason in states.REASONS_OF[to]])
        for to in states.CAREER
        if to in states.CAREER_MOVES[state]
    ]
    codes = shown.missing or shown.lapsed
    return {
        "one": shown,
        "missing": [(code, gettext(protocol.ERRORS[code])) for code in codes],
        "moves": moves,
        "to_read": [(file, DETAILS[file.kind]) for file in shown.waiting if file.kind in DETAILS],
        "kinds": KIND_WORDS,
        "items": ITEM_WORDS,
        "status": STATUS_WORDS[shown.physician.status],
        "contract_form": ContractForm(auto_id="contract_%s"),
        "items_form": ItemsForm(auto_id="items_%s"),
        "sent_form": SentForm(auto_id="sent_%s"),
        "answer_form": AnswerOfCouncilForm(auto_id="answer_%s"),
        **more,
    }


def _acted(
    request: HttpRequest,
    physician_id: UUID,
    name: str,
    form: DoorForm,
    act: Callable[[dict[str, Any]], None],
) -> HttpResponse:
    """Do one act with a valid form, or show the file again with what is wrong."""
    if not form.is_valid():
        page = _page(physician_id, **{name: form, "wrong": form})
        return form_again(request, FILE, page, form.codes())
    act(form.cleaned_data)
    return redirect("broker:career", physician_id)


def _kept(request: HttpRequest, physician_id: UUID, content: bytes) -> str:
    """Keep a paper of the contract; its SHA-256."""
    return careers.receive(
        physician_id=physician_id,
        content=content,
        proves=care.Proves(),
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )


@for_kinds("operator")
@require_POST
def attest(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """Attest what a received file proves, on the days that its sender gave."""
    evidence = dossiers.evidence_row(evidence_id)
    if evidence is None or evidence.kind not in DETAILS or evidence.valid_from is None:
        raise OutOfScope
    physician, first = evidence.physician, evidence.valid_from
    locum = evidence.kind == "status" and physician.status == "locum"
    form = AttestForm(request.POST, kind=evidence.kind, locum=locum)

    def act(said: dict[str, Any]) -> None:
        careers.attest(
            evidence=evidence,
            valid_from=first,
            valid_until=evidence.valid_until,
            details=form.details(physician.status),
            actor=actor_of(account_in(request)),
            now=timezone.now(),
        )

    return _acted(request, physician.pk, "attest_form", form, act)


@for_kinds("operator")
@require_safe
def evidence(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """A received file, opened; the reading is recorded first."""
    found = dossiers.evidence_row(evidence_id)
    if found is None:
        raise OutOfScope
    content = careers.read(evidence=found, actor=actor_of(account_in(request)), now=timezone.now())
    response = HttpResponse(content, content_type=found.media_type)
    ending = found.media_type.rpartition("/")[2]
    response["Content-Disposition"] = f'attachment; filename="{found.sha256[:16]}.{ending}"'
    response["Cache-Control"] = "no-store"
    return response


@for_kinds("operator")
@require_POST
def contract(request: HttpRequest, physician_id: UUID) -> HttpResponse:
    """Record a signed contract."""
    form = ContractForm(request.POST, request.FILES, auto_id="contract_%s")

    def act(said: dict[str, Any]) -> None:
        dates = (said["signed_on"], said["effective_on"], said["ends_on"])
        digest = _kept(request, physician_id, said["file"])
        careers.record_contract(
            physician_id=physician_id,
            terms=care.Terms(said["party"], said["pay"], *dates, digest),
            actor=actor_of(account_in(request)),
            now=timezone.now(),
        )

    return _acted(request, _physician(physician_id).pk, "contract_form", form, act)


@for_kinds("operator")
@require_POST
def step(request: HttpRequest, contract_id: UUID, kind: str) -> HttpResponse:
    """Add to a contract: an item's proof, the sending, the council's answer."""
    row = dossiers.contract_row(contract_id)
    if row is None:
        raise OutOfScope
    name, form, act = _steps(request)[kind]

    def acted(said: dict[str, Any]) -> None:
        digest = _kept(request, row.physician_id, said.pop("file"))
        act(
            contract_id=row.pk,
            evidence_sha256=digest,
            actor=actor_of(account_in(request)),
            now=timezone.now(),
            **said,
        )

    return _acted(request, row.physician_id, name, form, acted)


def _steps(request: HttpRequest) -> dict[str, tuple[str, DoorForm, Callable[..., None]]]:
    sent = (request.POST, request.FILES)
    items, went = ItemsForm(*sent, auto_id="items_%s"), SentForm(*sent, auto_id="sent_%s")
    answer = AnswerOfCouncilForm(*sent, auto_id="answer_%s")
    return {
        "pieces": ("items_form", items, careers.prove_items),
        "envoi": ("sent_form", went, careers.send_contract),
        "avis": ("answer_form", answer, careers.note_answer),
    }


@for_kinds("operator")
@require_POST
def move(request: HttpRequest, physician_id: UUID) -> HttpResponse:
    """Move a career on; what forbids it is shown with its codes and articles."""
    physician = _physician(physician_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return form_again(request, FILE, _page(physician_id, wrong=form), form.codes())
    moved = careers.move(
        physician_id=physician.pk,
        to=form.cleaned_data["to"],
        reason=form.cleaned_data["reason"],
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    if not moved.codes:
        return redirect("broker:career", physician_id)
    found = moved.decision.refusing if moved.decision else ()
    said = [words.said_of(one, language_of(request)) for one in found]
    told = [(code, gettext(protocol.ERRORS[code])) for code in moved.codes]
    if wants_json(request):
        return JsonResponse(
            {"code": moved.codes[0], "codes": list(moved.codes), "findings": said}, status=409
        )
    page = _page(physician_id, held=told, findings=said)
    return coded(render(request, FILE, page, status=409), moved.codes[0])
