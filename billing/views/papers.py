"""Receipts and invoices, on a page and as PDF, always downloadable."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.access import admitted, behind, may_read
from billing.money import euros
from billing.queries.papers import Paper, papers_of, receipt
from billing.views.pdf import pdf_of

KINDS = ("patient", "physician", "operator")


@require_safe
def page(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """One paper, as it was issued."""
    return render(request, "billing/receipt.html", _shown(_readable(request, receipt_id)))


@require_safe
def pdf(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """The same paper as a PDF."""
    return _download(_readable(request, receipt_id))


@require_safe
def sealed(request: HttpRequest, token: str) -> HttpResponse:
    """The papers behind the sealed address that a closed account left with."""
    page = {"papers": papers_of(behind(token)), "token": token}
    return render(request, "billing/sealed.html", page)


@require_safe
def sealed_pdf(request: HttpRequest, token: str, receipt_id: UUID) -> HttpResponse:
    """One of them as a PDF."""
    paper = receipt(receipt_id)
    if paper is None or paper.receipt.question not in behind(token):
        raise Http404
    return _download(paper)


def _download(paper: Paper) -> HttpResponse:
    answer = HttpResponse(pdf_of(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{paper.number}.pdf"'
    return answer


def _readable(request: HttpRequest, receipt_id: UUID) -> Paper:
    account = admitted(request, *KINDS)
    paper = receipt(receipt_id)
    if paper is None or not may_read(account, paper):
        raise Http404
    return paper


def _shown(paper: Paper) -> dict[str, object]:
    says, (own, fee) = paper.says, paper.split
    return {
        "paper": paper,
        "says": says,
        "receipt": paper.receipt,
        "net": euros(says["cents"] - says["vat_cents"]),
        "vat": euros(says["vat_cents"]),
        "vat_percent": says["vat_bps"] // 100,
        "total": euros(says["cents"]),
        "quoted": {"own": euros(own), "fee": euros(fee), "total": euros(own + fee)},
    }
