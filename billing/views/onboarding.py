"""A physician's way to being paid by card: their own account, opened on Stripe's own pages."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from audit.facts import Actor
from billing import gateway
from billing.access import admitted
from billing.actions.onboarding import OnboardingUnavailable, begin, refresh_account
from billing.queries.accounts import account_for, account_state
from consults.queries import physician_of

# What Stripe still asks, by the beginning of its own words; the rest is shown as it is.
ASKED = {
    "external_account": gettext_lazy("un compte bancaire"),
    "individual.verification": gettext_lazy("une pièce d’identité"),
    "individual": gettext_lazy("des informations sur vous"),
    "business_profile": gettext_lazy("la description de votre activité"),
    "tos_acceptance": gettext_lazy("l’acceptation des conditions de Stripe"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Where the account stands and what it allows; a POST goes on at Stripe."""
    person = admitted(request, "physician")
    physician = physician_of(person.pk)
    if physician is None:
        raise Http404
    now, unavailable = timezone.now(), False
    back = request.build_absolute_uri(reverse("billing:onboarding"))
    if request.method == "POST":
        try:
            address = begin(
                physician_id=physician.pk, return_url=f"{back}?retour=1",
                actor=Actor("physician", person.subject), now=now,
            )  # fmt: skip
            return HttpResponseRedirect(address, status=303)
        except OnboardingUnavailable:
            unavailable = True
    own = account_for(physician.pk)
    if own is not None and request.GET.get("retour"):
        try:
            refresh_account(stripe_account=own.stripe_account, now=now)
            own.refresh_from_db()
        except (gateway.Unreachable, gateway.Refused):
            unavailable = True
    page = {
        "state": str(account_state(own)),
        "own": own,
        "asked": sorted({str(_said(word)) for word in own.requirements}) if own else [],
        "unavailable": unavailable,
    }
    answer = render(request, "billing/onboarding.html", page, status=503 if unavailable else 200)
    if unavailable:
        answer["X-Error-Code"] = OnboardingUnavailable.code
    return answer


def _said(word: str) -> object:
    return next((said for begins, said in ASKED.items() if word.startswith(begins)), word)
