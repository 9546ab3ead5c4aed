"""A patient takes a question back: what that means where it stands now, then the act."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing import queries as money
from broker import access
from broker.access import actor_of
from broker.actions import withdrawing
from broker.forms.choices import WithdrawForm
from broker.queries import questions as queries
from broker.views.admission import account_in, for_kinds, form_again
from consults import states

UNSAID = "other"  # nobody has to say why (L.221-18)


@for_kinds("patient")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """Say what taking it back means, or what can be done instead; a POST does it."""
    account = account_in(request)
    access.authorize(account, "withdraw", question_id)
    view = queries.view_of(question_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    agreed = money.acceptance_of(question_id)
    owed = agreed is not None and agreed.quote.honoraires_cents + agreed.quote.platform_cents
    page = {
        "question": view,
        "ordered": agreed if owed else None,
        "form": form,
        "reasons": states.WITHDRAWN_BECAUSE,
        "possible": states.may_move(view.state, states.WITHDRAWN),
        "held": [leg["state"] for leg in money.money_view(question_id)["legs"]].count(
            "authorised"
        ),
    }
    if request.method != "POST":
        return render(request, "broker/withdraw.html", page)
    if not form.is_valid():
        return form_again(request, "broker/withdraw.html", page, form.codes())
    withdrawing.withdraw(
        question_id=question_id,
        reason=form.cleaned_data["reason"] or UNSAID,
        actor=actor_of(account),
        now=timezone.now(),
    )
    return redirect("broker:thread", question_id=question_id)
