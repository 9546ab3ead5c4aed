"""Two people in front of the site, over its own pages: what a browser would send, no shortcuts."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.test import Client

from tests.billing.walk import browse
from tests.people import PatientPerson, PhysicianPerson, now

HOST = "patient.localhost"
TEXT = "Vous m'avez augmenté la lévothyroxine : dois-je la prendre à une autre heure ?"
ANSWER = {
    "text": "Prenez-la le matin à jeun, une demi-heure avant le petit déjeuner.",
    "report": "Adaptation de l'horaire de prise de la lévothyroxine.",
    "acts": "aucun",
    "follow_up": "Contrôle à six semaines.",
    "act_kind": "telemedicine_act",
    "remote_relevant": "1",
    "personalised": "1",
    "outcome": "advised",
    "incidents": "none",
    "signed": "1",
}


def signed_in(person: PatientPerson | PhysicianPerson) -> Client:
    """A browser in which this person is signed in, second factor included."""
    client = Client(headers={"host": HOST})
    client.force_login(person.account, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session["strong_at"] = now().isoformat()
    session.save()
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found.group(1)


@dataclass
class PatientFace:
    """The patient's browser."""

    person: PatientPerson
    client: Client
    question: UUID | None = None

    def says_no_flags(self) -> None:
        """The list that comes first: none of these."""
        answer = self.client.post("/questions/nouvelle/", {"none_of_these": "1"})
        assert answer.status_code == 302, answer.content[:500]

    def asks(self, route: str, text: str = TEXT, **more: str) -> Any:
        """Write the question; the answer of the form."""
        self.says_no_flags()
        page = self.client.get("/questions/nouvelle/ecrire/").content.decode()
        self.question = UUID(hidden(page, "question_id"))
        form = {
            "question_id": str(self.question), "client_id": hidden(page, "client_id"),
            "text": text, "route": route, "consent": "1", **more,
        }  # fmt: skip
        return self.client.post("/questions/nouvelle/ecrire/", form)

    def at(self, place: str = "") -> str:
        """An address of this question."""
        return f"/questions/{self.question}/{place}"

    def accepts(self, settlement: str = "card") -> Any:
        """Order, with the obligation to pay."""
        page = self.client.get(self.at("devis/")).content.decode()
        form = {name: hidden(page, name) for name in ("quote", "shown_at")}
        way = {"way": "printed"} if 'name="way"' in page else {}
        owed = {"begins_at_once": "1"} if 'name="begins_at_once"' in page else {}
        return self.client.post(self.at("devis/"), form | {"settlement": settlement} | way | owed)

    def pays(self, number: int, card: str = "4242424242424242") -> Any:
        """Go to the hosted page, type the card, come back."""
        page = self.client.post(self.at(f"paiement/{number}/"))
        assert page.status_code == 303, page.content[:500]
        _, back, _ = browse(page.url, number=card)
        assert "/c/3ds/" not in back
        return self.client.get(self.at("retour/"))

    def state(self) -> dict[str, Any]:
        """Where the question stands, as scripts ask."""
        return self.client.get(self.at("etat.json")).json()


@dataclass
class PhysicianFace:
    """The physician's browser."""

    person: PhysicianPerson
    client: Client

    def waiting(self) -> list[str]:
        """The ids of the questions that the queue shows."""
        answer = self.client.get("/file/", headers={"accept": "application/json"})
        return [one["id"] for one in answer.json()["waiting"]]

    def claims(self, question: UUID) -> Any:
        """Take a question."""
        return self.client.post(f"/file/{question}/prendre/")

    def answers(self, question: UUID, **changed: str) -> Any:
        """Sign the answer on the page as it was shown."""
        page = self.client.get(f"/file/{question}/").content.decode()
        form = {name: hidden(page, name) for name in ("client_id", "lease", "against_seq")}
        return self.client.post(f"/file/{question}/repondre/", form | ANSWER | changed)


def fresh() -> str:
    """A new id, as a browser makes one."""
    return str(uuid4())
