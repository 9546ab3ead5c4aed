"""Files: one's own, those of children, and handing one over to the child who is now of age."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from broker import protocol
from broker.access import OutOfScope, actor_of
from broker.actions import filing
from broker.actions.faults import Moved
from broker.forms.files import ChildForm, FileForm, OwnFileForm, PersonForm, TakeOverForm
from broker.views.admission import account_in, coded, for_kinds, form_again
from broker.views.asking import FILE, NO_FLAGS_AT, patient_in
from consults import actions as care
from consults import queries as people
from consults.adapters import openid
from consults.calendar import paris_date

HANDED_SALT = "file-handed-over"
HANDED_LASTS = timedelta(days=30)
AUTHORITY = gettext_noop(
    "Je déclare exercer l’autorité parentale sur cet enfant. Je pose des questions pour lui dans"
    " son intérêt, et je l’y associe selon son âge."
)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The account's files; without one of its own, the form that makes it."""
    account, now = account_in(request), timezone.now()
    own = people.patient_of(account.pk)
    if own is not None:
        if request.method == "POST":
            raise Moved("ALREADY_ENROLLED")
        return render(request, "broker/file.html", _page(request))
    today = paris_date(now)
    first = {"language": (get_language() or "fr")[:2]}
    posted = request.POST if request.method == "POST" else None
    form = OwnFileForm(posted, today=today, initial=first)
    if posted is None:
        return render(request, "broker/file_new.html", {"form": form})
    if not form.is_valid():
        return form_again(request, "broker/file_new.html", {"form": form}, form.codes())
    filing.open_file(
        account=account,
        name=form.name,
        birth_date=form.cleaned_data["birth_date"],
        language=form.cleaned_data["language"],
        actor=actor_of(account),
        now=now,
    )
    return redirect("broker:file")


def _page(request: HttpRequest) -> dict[str, Any]:
    account, now = account_in(request), timezone.now()
    files = people.files_of(account.pk, now)
    chosen = request.session.get(FILE)
    return {
        "files": files,
        "own": files[0],
        "in_use": next((one.id for one in files if str(one.id) == chosen), files[0].id),
        "leaving": people.files_to_hand_over(account.pk, now),
        "provider": openid.provider_name(),
    }


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def child(request: HttpRequest) -> HttpResponse:
    """A child's file: who they are, and the words that declare parental authority."""
    account, now = account_in(request), timezone.now()
    if people.patient_of(account.pk) is None:
        return redirect("broker:file")
    posted = request.POST if request.method == "POST" else None
    form = ChildForm(posted, today=paris_date(now))
    page = {"form": form, "words": gettext(AUTHORITY)}
    if posted is None:
        return render(request, "broker/file_child.html", page)
    if not form.is_valid():
        return form_again(request, "broker/file_child.html", page, form.codes())
    try:
        child_id = filing.open_childs_file(
            account=account,
            name=form.name,
            birth_date=form.cleaned_data["birth_date"],
            words_sha256=hashlib.sha256(gettext(AUTHORITY).encode()).hexdigest(),
            actor=actor_of(account),
            now=now,
        )
    except care.NotAMinor:
        form.add_error("birth_date", gettext(protocol.ERRORS["NOT_A_MINOR"]))
        return form_again(request, "broker/file_child.html", page, ["NOT_A_MINOR"])
    request.session[FILE] = str(child_id)
    request.session.pop(NO_FLAGS_AT, None)
    return redirect("broker:file")


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest) -> HttpResponse:
    """Correct the names or the birth date of the file in use."""
    account, now = account_in(request), timezone.now()
    patient_id = patient_in(request, request.POST.get("patient"))
    held = next(one for one in people.files_of(account.pk, now) if one.id == patient_id)
    given, _, family = held.name.partition(" ")
    first = {"given_name": given, "family_name": family, "birth_date": held.birth_date}
    posted = request.POST if request.method == "POST" else None
    form = PersonForm(posted, today=paris_date(now), initial=first)
    page = {"form": form, "of": held}
    if posted is None:
        return render(request, "broker/file_correct.html", page)
    if not form.is_valid():
        return form_again(request, "broker/file_correct.html", page, form.codes())
    filing.correct(
        patient_id=patient_id,
        name=form.name,
        birth_date=form.cleaned_data["birth_date"],
        actor=actor_of(account),
        now=now,
    )
    return redirect("broker:file")


@for_kinds("patient")
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Use another of the account's files from now on."""
    form = FileForm(request.POST)
    mine = {one.id for one in people.files_of(account_in(request).pk, timezone.now())}
    if not form.is_valid() or form.cleaned_data["patient"] not in mine:
        raise OutOfScope
    request.session[FILE] = str(form.cleaned_data["patient"])
    request.session.pop(NO_FLAGS_AT, None)  # the signs were those of somebody else
    return redirect("broker:questions")


@for_kinds("patient")
@require_POST
def hand(request: HttpRequest) -> HttpResponse:
    """A code for the child who is of age: shown once, good for a month, only for this file."""
    account = account_in(request)
    form = FileForm(request.POST)
    leaving = people.files_to_hand_over(account.pk, timezone.now())
    chosen = form.cleaned_data["patient"] if form.is_valid() else None
    of = next((one for one in leaving if one.id == chosen), None)
    if of is None:
        raise OutOfScope
    payload = {"file": str(of.id), "holder": str(account.pk)}
    page = {"of": of, "code": signing.dumps(payload, salt=HANDED_SALT)}
    return render(request, "broker/file_hand.html", page)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def take(request: HttpRequest) -> HttpResponse:
    """Take over the file that a parent kept, with their code; for an account without one."""
    account, now = account_in(request), timezone.now()
    if people.patient_of(account.pk) is not None:
        return redirect("broker:file")
    posted = request.POST if request.method == "POST" else None
    form = TakeOverForm(posted)
    if posted is None:
        return render(request, "broker/file_take.html", {"form": form})
    if not form.is_valid():
        return form_again(request, "broker/file_take.html", {"form": form}, form.codes())
    try:
        filing.take_over(
            patient_id=_handed(form.cleaned_data["handed"]),
            account=account,
            birth_date=form.cleaned_data["birth_date"],
            actor=actor_of(account),
            now=now,
        )
    except (care.NotToHandOver, signing.BadSignature):
        code = "NOT_TO_HAND_OVER"
        form.add_error(None, gettext(protocol.ERRORS[code]))
        page = render(request, "broker/file_take.html", {"form": form}, status=422)
        return coded(page, code)
    request.session.pop(FILE, None)
    return redirect("broker:file")


def _handed(code: str) -> UUID:
    """The file of a code, while its holder is the one who gave it; BadSignature otherwise."""
    said = signing.loads(code.strip(), salt=HANDED_SALT, max_age=HANDED_LASTS)
    if not people.is_held_by(UUID(said["file"]), UUID(said["holder"])):
        raise signing.BadSignature
    return UUID(said["file"])
