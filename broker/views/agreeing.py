"""What a patient agreed to: the words, when, and taking it back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from billing.queries.quotes import accepted_terms, terms_accepted
from broker.access import OutOfScope, actor_of
from broker.actions import withdrawing
from broker.forms.choices import AgreementForm
from broker.queries import texts
from broker.views.admission import account_in, for_kinds, refused
from broker.views.asking import patient_in
from broker.views.threads import language_of
from consults.queries import agreements


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest) -> HttpResponse:
    """Each agreement by itself: its words, what was said of it and when, and the button."""
    patient_id, now = patient_in(request), timezone.now()
    if request.method == "POST":
        return _said(request)
    page = {
        "agreements": agreements.agreements(patient_id, language_of(request), now),
        "accepted": terms_accepted(agreements.questions_behind(patient_id)),
        "open": len(agreements.unanswered_of([patient_id])),
    }
    return render(request, "broker/consents.html", page)


@for_kinds("patient")
@require_safe
def terms(request: HttpRequest, sha256: str) -> HttpResponse:
    """The very words that this person accepted with a quote, as a file whose SHA-256 is theirs."""
    asked = agreements.questions_behind(patient_in(request))
    text = texts.with_hash(sha256) if accepted_terms(asked, sha256) else None
    if text is None:
        raise OutOfScope
    answer = HttpResponse(text.body.encode(), content_type="text/markdown; charset=utf-8")
    name = f"conditions-{text.language}-{text.version}-{sha256[:12]}.md"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _said(request: HttpRequest) -> HttpResponse:
    form = AgreementForm(request.POST)
    if not form.is_valid():
        return refused(request, "FIELD_INVALID", status=422)
    said = {
        "patient_id": patient_in(request),
        "kind": form.cleaned_data["kind"],
        "language": language_of(request),
        "actor": actor_of(account_in(request)),
        "now": timezone.now(),
    }
    if form.cleaned_data["given"] == "yes":
        withdrawing.agree(**said)
        messages.success(request, gettext("Votre accord est enregistré."))
        return redirect("broker:consents")
    ended = withdrawing.take_back(**said)
    told = gettext("Votre accord est retiré, à partir de maintenant.")
    if ended and form.cleaned_data["kind"] == "remote":
        told += " " + ngettext(
            "Une question sans réponse est close, et rien n’est débité.",
            "%(n)s questions sans réponse sont closes, et rien n’est débité.",
            ended,
        ) % {"n": ended}
    messages.success(request, told)
    return redirect("broker:consents")
