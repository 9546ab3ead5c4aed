"""The reviewers' pages: the questions within reach, one question's entries, their proofs."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from audit import signer, verifier
from audit.access import Reach, may_read
from audit.facts import PLATFORM
from audit.queries import proofs as proving
from audit.queries import trail, tree
from audit.queries.alerts import alert_waits
from audit.queries.replays import replay_of
from audit.views import showing
from audit.views.doorway import for_reviewers, recorded


def _signed() -> tree.Signed | None:
    try:
        return tree.latest_checkpoint(using="default")
    except tree.NothingSigned:
        return None


def _vkey() -> str:
    """Return the log's verifier key where this machine has it."""
    path = (settings.STATE_DIR or Path()) / signer.VKEY
    return path.read_text() if path.is_file() else ""


def _name(subject: UUID) -> str:
    """What a page calls a subject: a question by a random name, the platform by its own."""
    return gettext("Plateforme") if subject == PLATFORM else showing.pseudonym(subject)


def _trail(subject: UUID, reach: Reach) -> list[trail.TrailEntry]:
    # What is judged of the platform concerns every council.
    if subject != PLATFORM and not may_read(reach, subject):
        raise Http404
    return trail.trail_of(subject, codes=sorted(reach.codes), whole=reach.whole)


@require_GET
@for_reviewers
def questions(request: HttpRequest, *, reach: Reach) -> HttpResponse:
    """List the questions within reach, without a name."""
    end = request.GET.get("issue", "")
    before = request.GET.get("avant", "")
    account: Any = request.user
    recorded(request, part="listed", subject=account.subject, reach=reach)
    found = trail.questions(
        codes=sorted(reach.codes),
        whole=reach.whole,
        end=end if end in trail.ENDS else "",
        before=int(before)
        if before.isascii() and before.isdigit() and len(before) < 18
        else 2**62,
    )
    rows = [
        {
            "subject": one.subject,
            "name": showing.pseudonym(one.subject),
            "opened_at": one.opened_at,
            "moved_at": one.moved_at,
            "count": one.count,
            "state": showing.kind_name(one.state),
            "end": showing.ENDS[one.end],
            "badge": showing.BADGES[one.end],
        }
        for one in found[: trail.PAGE]
    ]
    older = found[trail.PAGE - 1].first if len(found) > trail.PAGE else None
    signed = _signed()
    context = {"rows": rows, "older": older, "end": end, "ends": showing.ENDS, "reach": reach}
    more = {
        "platform": PLATFORM,
        "signed": signed,
        "alert_waits": alert_waits(codes=sorted(reach.codes), whole=reach.whole),
    }
    return render(request, "audit/questions.html", {**context, **more})


@require_GET
@for_reviewers
def question(request: HttpRequest, subject: UUID, *, reach: Reach) -> HttpResponse:
    """Show the entries of one question, with decisions, articles and money as recorded."""
    entries = _trail(subject, reach)
    recorded(request, part="read", subject=subject, reach=reach, size=len(entries))
    context = {
        "subject": subject,
        "name": _name(subject),
        "entries": [showing.shown(entry) for entry in entries],
        "money": showing.money(entries),
        "signed": _signed(),
    }
    return render(request, "audit/question.html", context)


@require_POST
@for_reviewers
def verify(request: HttpRequest, subject: UUID, *, reach: Reach) -> HttpResponse:
    """Hash the entries again, follow their proofs to the signed root, and say what holds."""
    entries = _trail(subject, reach)
    recorded(request, part="verified", subject=subject, reach=reach, size=len(entries))
    signed, vkey = _signed(), _vkey()
    found = proving.proofs_of(entries, signed)
    shown = [
        showing.shown(one.entry, checked=True, holds=one.holds, path=one.path) for one in found
    ]
    context = {
        "subject": subject,
        "name": _name(subject),
        "entries": shown,
        "money": showing.money(entries),
        "signed": signed,
        "checked": True,
        "signature": proving.signature_holds(signed, vkey) if signed and vkey else None,
        "held": sum(one.holds is True for one in found),
        "broken": [one.entry.index for one in found if one.holds is False],
        "waiting": sum(one.holds is None for one in found),
    }
    return render(request, "audit/question.html", context)


@require_POST
@for_reviewers
def replay(request: HttpRequest, subject: UUID, *, reach: Reach) -> HttpResponse:
    """Judge every decision again by the pack it names: identical, or what differs."""
    entries = _trail(subject, reach)
    recorded(request, part="replayed", subject=subject, reach=reach, size=len(entries))
    found = [(entry, replay_of(entry)) for entry in entries]
    replays = [one for _, one in found if one is not None]
    context = {
        "subject": subject,
        "name": _name(subject),
        "entries": [showing.shown(entry, replay=one) for entry, one in found],
        "money": showing.money(entries),
        "signed": _signed(),
        "replayed": len(replays),
        "different": sum(not one.identical for one in replays),
        "unread": sum(one.sealed > 0 for one in replays),
    }
    return render(request, "audit/question.html", context)


@require_GET
@for_reviewers
def proofs(request: HttpRequest, subject: UUID, *, reach: Reach) -> HttpResponse:
    """Hand out the entries of one question with their proofs, for a check away from here."""
    entries = _trail(subject, reach)
    recorded(request, part="downloaded", subject=subject, reach=reach, size=len(entries))
    signed = _signed()
    if signed is None:
        raise Http404
    response = JsonResponse(proving.as_json(proving.proofs_of(entries, signed), signed))
    name = _name(subject).lower()
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


@require_GET
@for_reviewers
def verifier_key(request: HttpRequest, *, reach: Reach) -> HttpResponse:
    """Hand out the log's verifier key, for comparison with the one received otherwise."""
    vkey = _vkey()
    if not vkey:
        raise Http404
    return _attached(vkey.encode(), "journal.vkey")


@require_GET
@for_reviewers
def verifier_file(request: HttpRequest, *, reach: Reach) -> HttpResponse:
    """Hand out the verifier itself: one file that needs Python alone."""
    return _attached(Path(verifier.__file__).read_bytes(), "verifier.py")


def _attached(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
