"""A patient says whom the platform's fee is invoiced to."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from audit.facts import Actor
from billing.access import admitted
from billing.actions.addressing import InvoiceIssued, address_invoice
from billing.forms import CustomerForm
from billing.queries.papers import customer_of, is_invoiced
from billing.queries.quotes import acceptance_of
from consults import access as care


@require_http_methods(["GET", "HEAD", "POST"])
def customer(request: HttpRequest, question_id: UUID) -> HttpResponse:
    """The business that the fee is invoiced to; until the invoice is issued, it may change."""
    account = admitted(request, "patient")
    if not care.may_take_part(account, question_id):
        raise Http404
    now, stated = timezone.now(), customer_of(question_id)
    known = {name: getattr(stated, name) for name in CustomerForm.base_fields} if stated else None
    private = request.POST.get("private") == "1"
    form = CustomerForm(request.POST if request.method == "POST" and not private else known)
    code = "INVOICE_ISSUED" if is_invoiced(question_id) else ""
    if request.method == "POST" and not code:
        code = "" if private or form.is_valid() else "FIELD_INVALID"
        try:
            if not code:
                with transaction.atomic(durable=True):
                    address_invoice(
                        question_id=question_id, business=None if private else form.business(),
                        actor=Actor("patient", account.subject), now=now,
                    )  # fmt: skip
        except InvoiceIssued as late:
            code = late.code
        if not code:
            messages.success(request, gettext("Enregistré : la facture le dira."))
            agreed = acceptance_of(question_id)
            return redirect("broker:thread" if agreed else "broker:quote", question_id=question_id)
    page = {"form": form, "question": question_id, "stated": stated,
            "issued": code == "INVOICE_ISSUED", "agreed": acceptance_of(question_id)}  # fmt: skip
    wrong = bool(code) and request.method == "POST"
    answer = render(request, "billing/customer.html", page, status=_status(code) if wrong else 200)
    if wrong:
        answer["X-Error-Code"] = code
    return answer


def _status(code: str) -> int:
    return 409 if code == "INVOICE_ISSUED" else 422
