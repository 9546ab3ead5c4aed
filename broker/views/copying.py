"""A patient's copy of everything held about them, written while it leaves."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string

from billing.queries.papers import papers_of
from billing.views.pdf import pdf_of
from broker.queries import personal
from consults.adapters.pdf import pdf_of as report_pdf
from consults.queries.reports import paper_of

Member = tuple[str, bytes]


def copy_of(request: HttpRequest, patient_id: UUID, now: datetime) -> HttpResponse:
    """The copy as a download; its name tells the day and nothing else."""
    pieces = zipped(members(patient_id, now))
    streamed = _awaited(pieces) if isinstance(request, ASGIRequest) else pieces
    answer = StreamingHttpResponse(streamed, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="mes-donnees-{now:%Y-%m-%d}.zip"'
    return cast(HttpResponse, answer)  # what the doors call any answer


async def _awaited(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces on the event loop, each made in the thread of the request."""
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece


def members(patient_id: UUID, now: datetime) -> Iterator[Member]:
    """Every file of the copy, one question at a time: no more than one is ever in memory."""
    file = personal.file_of(patient_id, now)
    opened = personal.openings(patient_id)
    yield "dossier.json", _json({"made_at": now, **file})
    yield "qui-a-ouvert.json", _json({"openings": [vars(one) for one in opened]})
    listed = []
    for number, question in enumerate(personal.questions_in(patient_id), 1):
        name = f"questions/{number:03}"
        listed.append({"href": f"{name}.html", "opened_at": question["opened_at"]})
        yield f"{name}.json", _json(question)
        yield f"{name}.html", _page("question", {"question": question, "number": number})
        if report := paper_of(UUID(question["id"])):
            yield f"comptes-rendus/{number:03}.pdf", report_pdf(report)
        for paper in papers_of([UUID(question["id"])]):
            # Two physicians may have papers of the same number: each has its own series.
            yield f"recus/{number:03}-{paper.number}.pdf", pdf_of(paper)
    page = {"file": file, "openings": opened, "questions": listed, "made_at": now}
    yield "lisez-moi.html", _page("index", page)


def _page(name: str, context: dict[str, Any]) -> bytes:
    return render_to_string(f"broker/copy_{name}.html", context).encode()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()


class _Pieces(io.RawIOBase):
    """Where the archive is written: it keeps what was not taken yet, and cannot go back."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, some: Any) -> int:
        """Keep these bytes until they are taken."""
        self.kept += some
        return len(some)

    def taken(self) -> bytes:
        """What was written since the last time."""
        some, self.kept = bytes(self.kept), bytearray()
        return some


def zipped(files: Iterator[Member]) -> Iterator[bytes]:
    """The files as a ZIP, piece by piece."""
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
            yield pieces.taken()
    yield pieces.taken()
