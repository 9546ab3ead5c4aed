"""A refusal proven in four parts, as every row that must be refused asks for.

    proof = proving(sandbox, tmp_path)          # before the act
    answer = client.post(...)
    proof.refused(answer, "SICK_NOTE_REQUEST")  # after it

(1) the door answers 4xx, or the socket an error, with the stable code; (2) exactly one entry
written meanwhile carries a decision whose refusal has that code, with its pack and its facts,
and judged again it is the same; (3) the payment sandbox holds no payment object; (4) the entry
is in a whole export, and the offline verifier passes on it with nothing left unjudged.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.http import HttpResponse

from audit import sequencer, signer, verifier
from audit.actions.exporting import export_log, openings_beside
from audit.facts import SYSTEM
from audit.law import packs
from audit.law.model import Decision
from audit.law.replay import judged_again
from audit.law.words import refusal_code
from audit.models import Entry, RulePack
from audit.publisher import Folder
from audit.queries.openings import decision_of
from billing.sandbox.server import Server
from consults.queries.record import key_of_subject
from tests.audit import forge
from tests.people import now
from tests.walks.faces import PatientFace, PhysicianFace

PAYMENTS = ("checkout.session", "payment_intent", "charge", "refund")


@dataclass(frozen=True)
class Refused:
    """The entry that proves a refusal, its decision made whole, and the verifier's report."""

    entry: Entry
    said: dict[str, Any]
    decision: Decision
    report: verifier.Report


@dataclass
class Proof:
    """What stood before the act: everything newer belongs to it."""

    server: Server
    folder: Path
    last: int

    def refused(self, answer: HttpResponse | Mapping[str, Any], code: str) -> Refused:
        """All four parts; AssertionError names the one that fails."""
        assert code_at_door(answer) == code
        entry, decision = self.one_entry(code)
        self.no_payment()
        report = self.exported(entry)
        return Refused(entry, json.loads(bytes(entry.body)), decision, report)

    def one_entry(self, code: str) -> tuple[Entry, Decision]:
        """The one entry since the beginning whose decision refuses under this code."""
        found = []
        for entry in Entry.objects.filter(pk__gt=self.last).order_by("pk"):
            whole = decision_of(entry, key_of_subject)
            if whole is None:
                continue
            pack = packs.from_body(
                json.loads(bytes(RulePack.objects.get(pk=whole["pack"]["sha256"]).body))
            )
            again = judged_again(whole, pack)
            assert again.as_json() == whole, "judged again, the decision is another"
            if refusal_code(again) == code:
                found.append((entry, again))
        assert len(found) == 1, f"{len(found)} entries refuse under {code}"
        assert found[0][1].pack.version and found[0][1].facts, "no pack, or no facts"
        return found[0]

    def no_payment(self) -> None:
        """Nothing that could ever move money exists at the payment provider."""
        for kind in PAYMENTS:
            assert self.server.sandbox.store.every(kind) == [], f"the sandbox holds a {kind}"

    def exported(self, entry: Entry) -> verifier.Report:
        """The whole log, taken out with its openings, verified away from the database."""
        state = Folder(self.folder / "state")
        places = signer.Places(key=state, private=state, public=Folder(self.folder / "log"))
        while sequencer.drain(using="sequencer"):
            pass
        signer.sign_next(places=places, using="sequencer")
        folder = self.folder / f"export-{uuid4().hex[:8]}"
        export_log(
            folder=folder, export_id=uuid4(), actor=SYSTEM, now=now(), key_of=key_of_subject
        )
        inside = [leaf["e"] for leaf in forge.bodies(folder)]
        assert json.loads(bytes(entry.body)) in inside, "the entry is not in the export"
        report = verifier.verify(
            folder,
            key=(self.folder / "state" / signer.VKEY).read_text(),
            openings=json.loads(openings_beside(folder=folder).read_text()),
        )
        assert report.ok, (report.bad_index, report.why)
        assert report.sealed == [], "a decision could not be judged again"
        return report


def proving(server: Server, folder: Path) -> Proof:
    """Begin to watch, before the act that must be refused."""
    last = Entry.objects.order_by("-pk").values_list("pk", flat=True).first()
    return Proof(server, folder, last or 0)


def as_program(face: PatientFace | PhysicianFace) -> None:
    """From here on this person's browser asks for JSON first, so that a refusal is a 4xx."""
    face.client.defaults["HTTP_ACCEPT"] = "application/json"


def code_at_door(answer: HttpResponse | Mapping[str, Any]) -> str:
    """The stable code that a door said no with: a page, JSON, or an error frame of a socket."""
    if isinstance(answer, Mapping):
        assert answer.get("type") == "error", answer
        return str(answer["code"])
    assert 400 <= answer.status_code < 500, f"the door answered {answer.status_code}"
    if "X-Error-Code" in answer:
        return str(answer["X-Error-Code"])
    return str(json.loads(answer.content)["code"])
