"""The people of a demonstration as a script meets them: who they are, and their open sessions."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from broker.story.client import Browser, DoorRefused

PEOPLE = "/demo/personnes.json"
# Who answers on each ground, and whose word makes it evidence.
ANSWERS = {
    "treating": "medecin-traitant",
    "referral": "specialiste",
    "prescriber": "specialiste",
    "team": "specialiste",
    "long-term": "medecin-traitant",
    "on-call": "garde",
    "none": "specialiste",
}
ATTESTS = {**ANSWERS, "referral": "medecin-traitant"}


class NoCast(Exception):
    """The address shows no demonstration: there is nobody to sign in as."""


@dataclass(frozen=True)
class Who:
    """One person: the link that signs them in, the face they use, and their id as a physician."""

    role: str
    kind: str
    name: str
    link: str
    person: str


class Cast:
    """Everybody, by role; shared between threads, as nothing in it changes."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            rows = Browser(url=url, host="localhost").json(PEOPLE)
        except DoorRefused as refused:
            raise NoCast(refused.code) from None
        self.people: Mapping[str, Who] = {row["role"]: Who(**row) for row in rows}
        self.rostering = threading.Lock()

    def extras(self, ground: str) -> Sequence[str]:
        """The patients kept for one ground, so that no evidence is ever inherited."""
        found = sorted(role for role in self.people if role.startswith(f"figurant-{ground}-"))
        if not found:
            raise NoCast(f"figurant-{ground}")
        return found

    def sign_in(self, role: str) -> Browser:
        """A new session of this person, on their own face of the site."""
        who = self.people[role]
        browser = Browser(url=self.url, host=urlsplit(who.link).hostname or "localhost")
        browser.open(urlsplit(who.link).path)
        return browser


class Lane:
    """One thread's own sessions: a browser is not shared."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.established: set[tuple[str, str]] = set()  # (patient, ground) known as evidence
        self._sessions: dict[str, Browser] = {}

    def session(self, role: str) -> Browser:
        """This lane's session of a person, opened when first asked for."""
        if role not in self._sessions:
            self._sessions[role] = self.cast.sign_in(role)
        return self._sessions[role]
