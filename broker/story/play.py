"""Play one line: a patient asks, agrees and pays, a physician answers, the money settles."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from websockets.exceptions import WebSocketException

from broker.story.cast import ANSWERS, Lane, NoCast
from broker.story.client import Browser, DoorRefused
from broker.story.evidence import establish
from broker.story.line import Line
from broker.story.page import Form, NoSuchForm, Page
from broker.story.played import Played
from consults.screen import ACTIONS, screen

SETTLE_WITHIN_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.15
CARDS = {
    "ok": "4242424242424242",
    "declined": "4000000000000002",
    "3ds": "4000002500003155",
    "3ds-abandoned": "4000002500003155",
}
# A payment in one of these states will not move again by itself.
ENDED = ("captured", "voided", "expired", "capture_lost", "acquitted", "waived")
RECEIVED = ("captured", "acquitted")
MORE_WORDS = "Je précise : je n'ai pas de fièvre et je dors normalement."
FIRST_WORDS = "J'ai bien lu votre message, je vous réponds tout de suite."
Tell = Callable[[str], None]


class TooLate(Exception):
    """What the service had to do by itself did not happen in time."""


def play(lane: Lane, patient: str, played: Played, tell: Tell) -> None:
    """Play the line to its end and note what became of it; `tell` hears each step before it."""
    try:
        _play(_Turn(lane, patient, played, tell))
    except (DoorRefused, NoSuchForm, NoCast, TooLate, OSError, WebSocketException) as wrong:
        played.failed = f"{type(wrong).__name__}: {wrong}"


class _Turn:
    """The two sides of one line and what is known of it."""

    def __init__(self, lane: Lane, patient: str, played: Played, tell: Tell) -> None:
        self.lane = lane
        self.patient_role = patient
        self.physician_role = ANSWERS[played.line.pathway]
        self.played = played
        self.line = played.line
        self.tell = tell

    @property
    def patient(self) -> Browser:
        return self.lane.session(self.patient_role)

    @property
    def physician(self) -> Browser:
        return self.lane.session(self.physician_role)

    @property
    def thread(self) -> str:
        return f"/questions/{self.played.question}/"

    @property
    def desk(self) -> str:
        return f"/file/{self.played.question}/"

    def state(self) -> dict[str, Any]:
        """Where the question stands, as the patient's page learns it."""
        found = dict(self.patient.json(f"{self.thread}etat.json"))
        self.played.state = found["state"]
        self.played.subject = found["subject"]
        return found


def _play(turn: _Turn) -> None:
    turn.tell("pathway")
    establish(turn.lane, turn.patient_role, turn.line.pathway)
    turn.tell("question")
    ask(turn)
    state = turn.state()
    _screened(turn)
    if turn.played.refused:
        _turned_away(turn.played, state)
        return
    turn.tell("quote")
    agree(turn)
    if not turn.state()["ready"]:
        turn.tell("withdrawn")
        form = turn.patient.open(f"{turn.thread}retirer/").form("reason", action="retirer")
        turn.patient.send(form, reason="payment-abandoned")
        turn.played.code = "PAYMENT_NOT_HELD"
    else:
        turn.tell("answer")
        answer(turn)
    turn.tell("settlement")
    settle(turn)


def _route(pathway: str, physician: str, offered: Sequence[str]) -> str:
    """The way of asking. Outside the hours of on-call duty nobody is offered on that ground: the
    question is then asked outside the pathway, and free."""
    wanted = f"{pathway}:{physician}"
    return f"none:{physician}" if pathway == "on-call" and wanted not in offered else wanted


def _turned_away(played: Played, state: dict[str, Any]) -> None:
    played.code, played.settled = state["refusal"], True
    if refused := state["refused"]:
        played.outcome, played.fired = refused["outcome"], (refused["rule"],)
        played.findings = [refused]


def ask(turn: _Turn) -> None:
    """The red-flag list first; then, if none is ticked, the text, the ground and the consent."""
    patient, line = turn.patient, turn.line
    form = patient.open("/questions/nouvelle/").form("none_of_these")
    if line.flags:
        page = patient.send(form, flags=line.flags)
        turn.played.question = page.url.split("/questions/")[1].split("/")[0]
        return
    form = patient.send(form, none_of_these=True).form("question_id", "text", "route")
    turn.played.question = form.values("question_id")[0]
    physician = turn.lane.cast.people[turn.physician_role].person
    patient.send(
        form,
        text=line.text,
        route=_route(line.pathway, physician, form.values("route")),
        tier=line.asked_tier,
        consent=True,
    )


def _screened(turn: _Turn) -> None:
    """What the words were heard to be; ticked flags end before any words are read."""
    label = screen(turn.line.text).label
    if turn.line.flags:
        label = "suicidal" if "suicide" in turn.line.flags else "emergency_red_flag"
    turn.played.label, turn.played.action = label, ACTIONS[label]


def agree(turn: _Turn) -> None:
    """Accept the quote as it is shown, and place the holds that it asks for, one after another."""
    patient = turn.patient
    money = turn.state()["money"]["quote"]
    turn.played.quote = (money["honoraires_cents"], money["platform_cents"])
    form = patient.open(f"{turn.thread}devis/").form("quote", "shown_at", action="devis")
    chosen = _report_way(form)
    if sum(turn.played.quote):
        chosen |= {"settlement": turn.line.settlement, "begins_at_once": "1"}
    page = patient.send(form, **chosen)
    for _ in range(2):
        if turn.state()["ready"]:
            return
        turn.tell("payment")
        page = patient.submit(patient.open(f"{turn.thread}paiement/").form(action="/paiement/"))
        if not present_card(patient, page, turn.line.card):
            return


def present_card(patient: Browser, page: Page, card: str) -> bool:
    """Type the card on the hosted page, prove or abandon 3-D Secure; False when no hold stands."""
    page = patient.submit(page.form("card"), card=CARDS[card])
    if card == "declined":
        return False
    if card.startswith("3ds"):
        proven = card == "3ds"
        patient.submit(page.form("choice"), choice="complete" if proven else "abandon")
        return proven
    return True


def answer(turn: _Turn) -> None:
    """The physician claims, both sides write, and the answer is signed as the line says."""
    physician, line = turn.physician, turn.line
    physician.send(physician.open(turn.desk).form(action="prendre"))
    with turn.patient.thread(turn.played.question) as theirs:
        theirs.resume()
        theirs.say(MORE_WORDS)
        with physician.thread(turn.played.question) as ours:
            ours.resume()
            ours.say(FIRST_WORDS)
    form = physician.open(turn.desk).form("against_seq", "act_kind", "text")
    written = _headings(line) if line.report else {}
    physician.send(
        form,
        text=line.answer,
        act_kind=line.act_kind,
        outcome=line.outcome,
        incidents="none",
        remote_relevant=True,
        personalised=True,
        signed=True,
        **written,
    )
    _inform(turn.patient, turn.patient.open(turn.thread))


def _inform(patient: Browser, page: Page) -> None:
    """Bring the report to the treating physician, unless it went by itself; then close."""
    ways = [form for form in page.read().forms if "way" in form.names()]
    if ways:
        # Only a confirmed treating physician can read it here; for another it is printed.
        here = ("way", "in-product") in ways[0].buttons
        patient.send(ways[0], way="in-product" if here else "printed")
    else:
        patient.send(page.form(action="clore"))


def _report_way(form: Form) -> dict[str, str]:
    """The way picked with the quote, where one is asked for: here if it can be."""
    if "way" not in form.names():
        return {}
    return {"way": "in-product" if "in-product" in form.values("way") else "printed"}


def _headings(line: Line) -> dict[str, str]:
    """The report as written; a treatment that is adapted is named with both doses."""
    told = {"report": _report(line), "acts": "Aucun.", "follow_up": "Écrire si rien ne change."}
    if line.outcome == "adapted-treatment":
        told |= {"drug": "Le traitement en cours", "old_dose": "entière", "new_dose": "moitié"}
    return told


def _report(line: Line) -> str:
    return f"Question écrite, répondue à distance. Conseil donné : {line.answer}"[:2000]


def settle(turn: _Turn) -> None:
    """Wait until the worker has carried out what the verdict ordered, and read what came of it."""
    late = time.monotonic() + SETTLE_WITHIN_SECONDS
    while True:
        state = turn.state()
        legs = state["money"]["legs"]
        for leg in legs:
            if leg["state"] == "due":
                _acquit(turn, leg["id"])
        if all(leg["state"] in ENDED for leg in legs):
            break
        if time.monotonic() > late:
            raise TooLate(", ".join(f"{leg['party']}: {leg['state']}" for leg in legs))
        time.sleep(LOOK_EVERY_SECONDS)
    _read(turn.played, state)


def _acquit(turn: _Turn, leg: str) -> None:
    """The physician acknowledges what was settled at the practice."""
    form = turn.physician.open(turn.desk).form("leg", action="acquitter")
    turn.physician.send(form, leg=leg, mode="transfer")


def _read(played: Played, state: dict[str, Any]) -> None:
    verdict = state["verdict"]
    if verdict:
        played.outcome, played.findings = verdict["outcome"], verdict["findings"]
        played.fired = tuple(one["rule"] for one in verdict["findings"])
        played.code = played.code or verdict["code"]
    for leg in state["money"]["legs"]:
        if leg["state"] in RECEIVED:
            if leg["party"] == "honoraires":
                played.physician_cents = leg["received_cents"]
            else:
                played.platform_cents = leg["received_cents"]
    played.settled = True
