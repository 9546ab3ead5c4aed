"""Receipts and invoices, on a page and as PDF, always downloadable."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from billing.access import admitted, behind, may_read
from billing.queries.papers import Paper, papers_of, receipt
from billing.views.pdf import pdf_of
from billing.views.sheet import sheet_of, split_of
from consults.queries.record import patient_name

KINDS = ("patient", "physician", "operator")


@require_safe
def page(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """One paper, as it was issued."""
    paper = _readable(request, receipt_id)
    return _shown(request, paper, reverse("billing:receipt_pdf", args=[receipt_id]))


@require_safe
def pdf(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """The same paper as a PDF."""
    return _download(_readable(request, receipt_id))


@require_safe
def sealed(request: HttpRequest, token: str) -> HttpResponse:
    """The papers behind the sealed address that a closed account left with."""
    papers = [(paper, sheet_of(paper)) for paper in papers_of(behind(token))]
    return render(request, "billing/sealed.html", {"papers": papers, "token": token})


@require_safe
def sealed_page(request: HttpRequest, token: str, receipt_id: UUID) -> HttpResponse:
    """One of them as a page."""
    pdf_at = reverse("billing:sealed_pdf", args=[token, receipt_id])
    return _shown(request, _behind(token, receipt_id), pdf_at)


@require_safe
def sealed_pdf(request: HttpRequest, token: str, receipt_id: UUID) -> HttpResponse:
    """One of them as a PDF."""
    return _download(_behind(token, receipt_id))


def _behind(token: str, receipt_id: UUID) -> Paper:
    paper = receipt(receipt_id)
    if paper is None or paper.receipt.question not in behind(token):
        raise Http404
    return paper


def _shown(request: HttpRequest, paper: Paper, pdf_at: str) -> HttpResponse:
    shown = {
        "paper": paper,
        "sheet": sheet_of(paper, _patient(paper)),
        "receipt": paper.receipt,
        "split": split_of(paper),
        "business": "customer" in paper.says,
        "quote_sha256": paper.says["quote_sha256"],
        "pdf_at": pdf_at,
    }
    return render(request, "billing/receipt.html", shown)


def _download(paper: Paper) -> HttpResponse:
    answer = HttpResponse(pdf_of(paper, _patient(paper)), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{paper.number}.pdf"'
    return answer


def _patient(paper: Paper) -> str:
    """Whose receipt it is, as long as their file says so; no invoice of the platform does."""
    return "" if paper.is_invoice else patient_name(paper.receipt.question)


def _readable(request: HttpRequest, receipt_id: UUID) -> Paper:
    account = admitted(request, *KINDS)
    paper = receipt(receipt_id)
    if paper is None or not may_read(account, paper):
        raise Http404
    return paper
