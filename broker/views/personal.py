"""A patient's own data: who opened the file, and a copy of everything in it."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from broker.access import actor_of
from broker.queries import personal
from broker.views.admission import account_in, for_kinds
from broker.views.asking import patient_in
from broker.views.copying import copy_of
from consults.actions.leaving import note_export
from consults.queries import agreements


@for_kinds("patient")
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What is held, who opened it, and the button that makes a copy."""
    patient_id, now = patient_in(request), timezone.now()
    page = {
        "file": personal.file_of(patient_id, now),
        "openings": personal.openings(patient_id),
        "erasure": agreements.erasure_of(patient_id),
    }
    return render(request, "broker/personal.html", page)


@for_kinds("patient")
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """The copy, made on demand; that it leaves is in the log before its first byte."""
    patient_id, now = patient_in(request), timezone.now()
    with transaction.atomic(durable=True):
        note_export(patient_id=patient_id, actor=actor_of(account_in(request)), now=now)
    return copy_of(request, patient_id, now)
