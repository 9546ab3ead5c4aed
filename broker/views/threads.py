"""A thread as a page, a message without a socket, and where a question stands for scripts."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing import queries as money
from billing.queries.quotes import follow_up_until
from broker import access, protocol
from broker.access import actor_of
from broker.actions import answering, talking
from broker.forms import MessageForm
from broker.queries import questions as queries
from broker.queries import words
from broker.queries.metering import meter_shown
from broker.views.admission import account_in, for_kinds, form_again, refused, wants_json
from consults import queries as people
from consults import states
from consults.queries.threads import QuestionView

SHOWN_EVENTS = 500


def language_of(request: HttpRequest) -> str:
    """The language of the page."""
    return translation.get_language() or "fr"


def thread_shown(request: HttpRequest, question_id: UUID) -> dict[str, Any]:
    """The thread as both sides' pages show it, and what the script needs to go on from there."""
    view = queries.view_of(question_id)
    after = max(0, view.head_seq - SHOWN_EVENTS)
    seen = people.seen_of(question_id)
    other = [seq for account, seq in seen.items() if account != account_in(request).pk]
    return {
        "question": view,
        "events": queries.events(question_id, after=after, limit=SHOWN_EVENTS),
        "earlier": after,
        "side": account_in(request).kind,
        "other_seen": max(other, default=0),
        "writable": view.state in states.WRITABLE,
        "meter": meter_shown(question_id, timezone.now()),
        "longest": protocol.MAX_BODY_CHARS,
    }


def report_shown(view: QuestionView, now: datetime) -> dict[str, Any]:
    """Where the report stands, how it may travel, and who opened it."""
    if view.answer_id is None:
        return {}
    return {
        "ways": people.report_ways(view.id, now),
        "delivery": people.delivery_of(view.id),
        "readings": people.readings_of(view.id),
        "address_hint": ", ".join(settings.SECURE_MAIL_DOMAINS),
    }


@for_kinds("patient")
@require_safe
def thread(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """A patient's question: refused, waiting for payment, waiting, talking, answered."""
    access.authorize(account_in(request), "read", question_id)
    view = queries.view_of(question_id)
    language = language_of(request)
    page: dict[str, Any] = {"question": view, "money": money.money_view(question_id)}
    page["heard"] = people.alert_heard(question_id, timezone.now())
    if view.state in (states.REFUSED, states.HELD) or view.reason == "not-reviewed":
        page["refused"] = words.refused_words(view, language)
        page["sentence"] = states.ERRORS.get(view.refusal, states.ERRORS["INTAKE_REFUSED"])
        return render(request, "broker/turned_away.html", page)
    page |= thread_shown(request, question_id)
    page["verdict"] = words.verdict(view.subject, language)
    page["nothing_owed"] = not page["money"]["owed"]
    page |= report_shown(view, timezone.now())
    page["ready"] = money.ready(question_id)
    page["follow_up"] = follow_up_until(question_id, timezone.now())
    page["message_id"] = uuid4()
    return render(request, "broker/thread.html", page)


@for_kinds("patient", "physician")
@require_safe
def state(request: HttpRequest, question_id: UUID) -> JsonResponse:
    """Where a question stands, for scripts; the thread itself goes through the socket."""
    access.authorize(account_in(request), "read", question_id)
    return JsonResponse(
        queries.state_of(question_id, language=language_of(request), now=timezone.now())
    )


@for_kinds("patient", "physician")
@require_http_methods(["GET", "HEAD", "POST"])
def messages(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The thread after a number as JSON, or one more message: the chat without a socket."""
    account = account_in(request)
    access.authorize(account, "write" if request.method == "POST" else "read", question_id)
    if request.method != "POST":
        return _events_after(request, question_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        page = {**thread_shown(request, question_id), "form": form, "message_id": form["id"].value}
        return form_again(request, "broker/thread.html", page, form.codes())
    accepted = talking.send(
        question_id=question_id,
        client_id=form.cleaned_data["id"],
        body=form.cleaned_data["body"],
        actor=actor_of(account),
        now=timezone.now(),
    )
    if wants_json(request):
        return JsonResponse({"id": str(form.cleaned_data["id"]), "seq": accepted.seq})
    where = "broker:thread" if account.kind == "patient" else "broker:workspace"
    return redirect(where, question_id=question_id)


def _events_after(request: HttpRequest, question_id: UUID) -> HttpResponse:
    raw = request.GET.get("after", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        return refused(request, "FRAME_FIELD_INVALID", status=422)
    some = queries.events(question_id, after=int(raw), limit=protocol.REPLAY_BATCH)
    return JsonResponse(
        {
            "head": queries.view_of(question_id).head_seq,
            "events": [queries.event_json(one) for one in some],
        }
    )


@for_kinds("patient")
@require_POST
def close(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """End an exchange that left nothing to deliver."""
    account = account_in(request)
    access.authorize(account, "close", question_id)
    answering.close(question_id=question_id, actor=actor_of(account), now=timezone.now())
    return redirect("broker:thread", question_id=question_id)
