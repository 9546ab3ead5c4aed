"""Asking, in steps: the red flags before any text, then the question, its physician, consent."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_safe

from broker import access
from broker.access import NoFile, actor_of
from broker.actions import asking
from broker.forms import FlagsForm, QuestionForm
from broker.views.admission import (
    account_in,
    coded,
    for_kinds,
    form_again,
    wants_json,
)
from broker.views.agreed import (
    AFTER,
    TAKEN_UP,
    comes_after,
    own_question,
    terms_missing,
    text_taken_up,
    words_to_agree,
)
from consults import actions as care
from consults import queries as people
from consults import states
from consults.queries import Offered
from consults.states import ERRORS, RED_FLAGS, TOPICS

TIERS = ("async-48h", "own-physician", "follow-up", "forfait")
NO_FLAGS_AT = "no_flags_at"
NO_FLAGS_LAST = timedelta(minutes=30)
GROUND_WORDS = {
    "treating": gettext_noop("votre médecin traitant"),
    "referral": gettext_noop("adressé par votre médecin traitant"),
    "prescriber": gettext_noop("votre prescripteur"),
    "team": gettext_noop("votre équipe de soins"),
    "long-term": gettext_noop("suivi d'une affection de longue durée"),
    "on-call": gettext_noop("de garde en ce moment"),
    "none": gettext_noop("hors de votre parcours de soins"),
}


FILE = "file"


def patient_in(request: HttpRequest, said: str | None = None) -> UUID:
    """The patient whose file is in use: one's own, or the child's that was chosen.

    `said` is the file that a form was shown for, which counts more. Raises NoFile without one,
    and when the chosen one is no longer this account's to use: a question for a child never
    becomes the parent's own by itself.
    """
    files = people.files_of(account_in(request).pk, timezone.now())
    chosen = said or request.session.get(FILE)
    for one in files:
        if one.own if chosen is None else str(one.id) == chosen:
            return one.id
    request.session.pop(FILE, None)
    raise NoFile


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def flags(request: HttpRequest) -> HttpResponse:
    """The list that comes first. A ticked sign ends here, recorded, with the numbers large."""
    patient_id = patient_in(request)
    if "suite" in request.GET:  # empty: another question than a follow-up
        after = request.GET["suite"]
        request.session[AFTER] = str(own_question(request, after)) if after else ""
    if taken_up := request.GET.get("reprendre"):
        request.session[TAKEN_UP] = str(own_question(request, taken_up))
    files = people.files_of(account_in(request).pk, timezone.now())
    form = FlagsForm(request.POST if request.method == "POST" else None, files=files)
    context = {"form": form, "flags": RED_FLAGS, "files": files, "patient_id": patient_id}
    if request.method != "POST":
        return render(request, "broker/ask_flags.html", context)
    if not form.is_valid():
        return form_again(request, "broker/ask_flags.html", context, form.codes())
    now = timezone.now()
    if chosen := form.cleaned_data.get("patient"):
        patient_id, request.session[FILE] = UUID(chosen), chosen
    if not form.cleaned_data["flags"]:
        request.session[NO_FLAGS_AT] = now.isoformat()
        return redirect("broker:write")
    asked = asking.ask(
        question_id=uuid4(),
        patient_id=patient_id,
        text="",
        client_id=uuid4(),
        flags=tuple(form.cleaned_data["flags"]),
        ground="none",
        physician_id=None,
        tier=TIERS[0],
        actor=actor_of(account_in(request)),
        now=now,
        agreed=asking.Agreed((), "fr"),
    )
    return _gone_to(request, asked)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """The question itself; only after the list, and not long after it."""
    now = timezone.now()
    if not _flags_are_fresh(request, now):
        return redirect("broker:flags")
    patient_id = patient_in(request, request.POST.get("patient"))
    offered = people.physicians_offered(patient_id, now)
    after = comes_after(request, now)
    offered = [
        one for one in offered if one.physician_id == after.get("physician", one.physician_id)
    ]
    whose = _whose(request, patient_id) | {"after": after}
    if request.method != "POST":
        first = {"question_id": uuid4(), "client_id": uuid4(), "text": text_taken_up(request)}
        form = QuestionForm(initial=first, tiers=TIERS)
        page = whose | _page(form, offered) | words_to_agree(patient_id, now)
        return render(request, "broker/ask_write.html", page)
    form = QuestionForm(request.POST, tiers=TIERS)
    code = form.is_valid() and (terms_missing(form, patient_id, now) or _wrong(form, offered))
    if not code and form.is_valid():
        return _asked(request, patient_id, form, now)
    page = whose | _page(form, offered) | words_to_agree(patient_id, now)
    return form_again(request, "broker/ask_write.html", page, [code] if code else form.codes())


def _wrong(form: QuestionForm, offered: list[Offered]) -> str:
    code = _route_refused(form, offered)
    if code:
        form.add_error("route", gettext(ROUTE_WORDS[code]))
    return code


ROUTE_WORDS = {
    "PHYSICIAN_UNKNOWN": gettext_noop("Ce médecin ne vous est pas proposé."),
    "NOT_ON_DUTY": ERRORS["NOT_ON_DUTY"],
    "GROUND_NOT_DECLARED": gettext_noop(
        "Déclarez d'abord ce lien dans « Mon parcours de soins »."
    ),
    "NO_TREATING_RELATION": gettext_noop(
        "Ce tarif est celui de votre médecin traitant, et de lui seul."
    ),
    "NO_TOPIC_TAKEN": gettext_noop(
        "Aucun médecin ne prend ce sujet en ce moment : n'en choisissez pas, ou nommez un médecin."
    ),
    "NO_ELIGIBLE_PRESENT": gettext_noop("Ce médecin ne peut pas répondre ici actuellement."),
}


def _asked(
    request: HttpRequest, patient_id: UUID, form: QuestionForm, now: datetime
) -> HttpResponse:
    said = form.cleaned_data
    ground, physician_id = said["route"]
    try:
        asked = asking.ask(
            question_id=said["question_id"],
            patient_id=patient_id,
            text=said["text"],
            client_id=said["client_id"],
            flags=(),
            ground=ground,
            physician_id=physician_id,
            tier=said["tier"],
            # It serves to find somebody; who is named by the patient takes every topic.
            topic=said["topic"] if physician_id is None else "",
            actor=actor_of(account_in(request)),
            now=now,
            agreed=_agreed(form),
        )
    except care.AlreadyAsked:  # the form came twice: it is one question
        access.authorize(account_in(request), "read", said["question_id"])
        return redirect("broker:thread", question_id=said["question_id"])
    if not asked.state:
        form.add_error("route", gettext(ROUTE_WORDS[asked.refusal]))
        page = _whose(request, patient_id) | words_to_agree(patient_id, now)
        page |= _page(form, people.physicians_offered(patient_id, now))
        return form_again(request, "broker/ask_write.html", page, [asked.refusal])
    del request.session[NO_FLAGS_AT]
    request.session.pop(AFTER, None)
    return _gone_to(request, asked)


def _agreed(form: QuestionForm) -> asking.Agreed:
    ticked = [kind for kind in ("sharing", "terms") if form.cleaned_data[kind]]
    return asking.Agreed(("remote", *ticked), get_language() or "fr")


def _gone_to(request: HttpRequest, asked: asking.Asked) -> HttpResponse:
    where = "broker:quote" if asked.quoted else "broker:thread"
    response = redirect(where, question_id=asked.question_id)
    if wants_json(request):
        body = {"id": str(asked.question_id), "state": asked.state, "next": response.url}
        if asked.state == states.REFUSED:  # a person is led to the way on, a program is told no
            return coded(JsonResponse(body | {"code": asked.refusal}, status=422), asked.refusal)
        return JsonResponse(body, status=201)
    return response


def _flags_are_fresh(request: HttpRequest, now: datetime) -> bool:
    answered_at = parse_datetime(request.session.get(NO_FLAGS_AT, ""))
    return answered_at is not None and now - answered_at < NO_FLAGS_LAST


def _route_refused(form: QuestionForm, offered: list[Offered]) -> str:
    ground, physician_id = form.cleaned_data["route"]
    if physician_id is None and ground != "none":
        return "GROUND_NOT_DECLARED"
    if physician_id is None:
        topic = form.cleaned_data["topic"]
        open_to = any(one.taking.takes(one.kind("none"), topic) for one in offered if one.eligible)
        return "" if open_to or not topic else "NO_TOPIC_TAKEN"
    one = next((one for one in offered if one.physician_id == physician_id), None)
    if one is None:
        return "PHYSICIAN_UNKNOWN"
    if ground == "on-call" and not one.on_call:
        return "NOT_ON_DUTY"
    known = {**one.grounds, "none": None, "on-call": True}
    if ground not in known or known[ground] is False:
        return "GROUND_NOT_DECLARED"
    return "" if one.answers(ground) else "NO_ELIGIBLE_PRESENT"


def _page(form: QuestionForm, offered: list[Offered]) -> dict[str, Any]:
    ways = [way for one in offered for way in _ways(one)]
    # Physicians of the care pathway come first, those who cannot answer now last; else A to Z.
    ways.sort(key=lambda way: (not way["eligible"], not way["in_pathway"]))
    return {"form": form, "routes": ways, "topics": tuple(TOPICS)}


def _ways(one: Offered) -> list[dict[str, Any]]:
    """The ways of asking this physician, links of care first; nothing is ticked beforehand."""
    grounds = {ground: said for ground, said in one.grounds.items() if said is not False}
    if one.on_call:
        grounds["on-call"] = True
    return [
        {
            "value": f"{ground}:{one.physician_id}",
            "name": one.name,
            "specialty": one.specialty,
            "words": gettext(GROUND_WORDS[ground]),
            "confirmed": said,
            "in_pathway": ground != "none",
            "eligible": one.answers(ground),
        }
        for ground, said in (grounds or {"none": None}).items()
        if grounds or one.answers(ground) or not one.eligible
    ]


def _whose(request: HttpRequest, patient_id: UUID) -> dict[str, Any]:
    """Whose file is in use, said only where there is more than one."""
    files = people.files_of(account_in(request).pk, timezone.now())
    name = next(one.name for one in files if one.id == patient_id) if len(files) > 1 else ""
    return {"files": files, "whose": name, "patient_id": patient_id}


@for_kinds("patient")
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """A patient's questions, the latest first."""
    patient_id = patient_in(request)
    asked, page_shown = people.page_of_questions(patient_id, request.GET.get("apres", ""))
    begun = people.first_words([one.id for one in asked])
    page = {
        **_whose(request, patient_id),
        "questions": [(one, begun.get(one.id, "")) for one in asked],
        "shown": page_shown,
        "links": people.links_of(patient_id),
    }
    return render(request, "broker/questions.html", page)
