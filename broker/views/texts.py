"""The register of public texts: its pages for the operator and the reviewer, and its export."""

import csv
import difflib
import io
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from broker.access import OutOfScope, actor_of, may_approve_texts
from broker.actions import publishing
from broker.forms import ApprovalForm, VersionForm
from broker.queries import texts, words
from broker.screen import heard_in
from broker.views import judging
from broker.views.admission import account_in, coded, for_kinds, form_again, refused, wants_json
from broker.views.threads import language_of

COLUMNS = (
    "key", "language", "version", "state", "sha256", "source", "proposed_at", "refused_by",
    "flags", "approver", "approved_at", "valid_from", "withdrawn_at", "subject",
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Every text with what is shown of it now; a POST only asks what the rules say of a text."""
    return judging.text(request) if request.method == "POST" else _listed(request)


@for_kinds("operator", "reviewer")
def _listed(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for row in texts.register(now):
        shown = newest.setdefault((row["key"], row["language"]), row)
        if row["state"] == "published":
            newest[row["key"], row["language"]] = {**row, "last": shown["version"]}
    page = {"rows": newest.values(), "missing": texts.unpublished(now), **_chrome(request)}
    return render(request, "broker/texts.html", page)


def _chrome(request: HttpRequest) -> dict[str, Any]:
    account = account_in(request)
    base = "/operateur/textes/" if account.kind == "operator" else "/ordre/textes/"
    return {
        "base": base,
        "may_propose": account.kind == "operator",
        "may_approve": may_approve_texts(account),
        "own": str(account.subject),
    }


@for_kinds("operator", "reviewer")
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """The versions of one text; a POST lays a new one into the register, judged."""
    if key not in texts.page_keys() or language not in texts.LANGUAGES:
        raise OutOfScope
    if request.method != "POST":
        return render(request, "broker/text.html", _page(request, key, language))
    if account_in(request).kind != "operator" or key in texts.WRITTEN_IN_CODE:
        raise OutOfScope
    form = VersionForm(request.POST)
    if not form.is_valid():
        page = _page(request, key, language, form)
        return form_again(request, "broker/text.html", page, form.codes())
    made, decision = publishing.propose_text(
        key=key,
        language=language,
        body=form.cleaned_data["body"],
        actor=actor_of(account_in(request)),
        now=timezone.now(),
    )
    said = [words.said_of(found, language_of(request)) for found in decision.fired if found.holds]
    shown = {"code": made.refused_by, "findings": said, "heard": heard_in(made.body).values()}
    if made.refused_by:
        if wants_json(request):
            rules = [one["rule"] for one in said]
            return coded(
                JsonResponse({"code": made.refused_by, "rules": rules}, status=422),
                made.refused_by,
            )
        page = _page(request, key, language, form, judged=shown)
        return coded(render(request, "broker/text.html", page, status=422), made.refused_by)
    if wants_json(request):
        return JsonResponse({"text": str(made.pk), "version": made.version, "flags": made.flags})
    return render(request, "broker/text.html", _page(request, key, language, judged=shown))


def _page(
    request: HttpRequest,
    key: str,
    language: str,
    form: VersionForm | None = None,
    judged: dict[str, Any] | None = None,
) -> dict[str, Any]:
    now = timezone.now()
    rows = texts.register(now, key, language)
    for number, row in enumerate(rows, 1):
        older = rows[number] if number < len(rows) else None
        row["changes"] = _changes(older["body"] if older else "", row["body"])
    start = texts.published(key, language, now)
    return {
        "key": key,
        "language": language,
        "rows": rows,
        "form": form or VersionForm(initial={"body": start.body if start else ""}),
        "approval": ApprovalForm(),
        "judged": judged,
        **_chrome(request),
        "written_in_code": key in texts.WRITTEN_IN_CODE,
    }


def _changes(before: str, after: str) -> list[str]:
    """The lines that came and went."""
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in compared if line[:3] not in ("---", "+++") and line[:2] != "@@"]


@for_kinds("operator")
@require_POST
def approve(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Approve a version that somebody else proposed."""
    account = account_in(request)
    if not may_approve_texts(account):
        return refused(request, "NOT_AN_APPROVER", status=403)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    now = timezone.now()
    publishing.approve_text(
        text_id=text_id,
        approver=form.cleaned_data["approver"],
        valid_from=form.cleaned_data["valid_from"] or now,
        actor=actor_of(account),
        now=now,
    )
    return _back(text_id)


@for_kinds("operator")
@require_POST
def withdraw(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Take a version off its page at once."""
    account = account_in(request)
    if not may_approve_texts(account):
        return refused(request, "NOT_AN_APPROVER", status=403)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    publishing.withdraw_text(
        text_id=text_id,
        approver=form.cleaned_data["approver"],
        actor=actor_of(account),
        now=timezone.now(),
    )
    return _back(text_id)


def _back(text_id: UUID) -> HttpResponse:
    made = texts.version_of(text_id)
    assert made is not None, "the act before would have refused it"
    return redirect("broker:text", key=made.key, language=made.language)


@for_kinds("operator", "reviewer")
@require_safe
def export(request: HttpRequest, form: str) -> HttpResponse:
    """The whole register with every version's words, as JSON or CSV."""
    if form not in ("json", "csv"):
        raise OutOfScope
    rows = [
        {name: _written(row[name]) for name in (*COLUMNS, "body")}
        for row in texts.register(timezone.now())
    ]
    if form == "json":
        return JsonResponse(
            {"texts": rows}, json_dumps_params={"ensure_ascii": False, "indent": 1}
        )
    out = io.StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, "body"])
    writer.writeheader()
    writer.writerows(rows)
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="textes-publics.csv"'
    return answer


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return " ".join(value) if isinstance(value, list) else "" if value is None else value
