"""A ground of the pathway made into evidence, by the people who can: nothing is set from here."""

from datetime import UTC, datetime, timedelta

from broker.story.cast import ANSWERS, ATTESTS, Lane
from broker.story.client import Browser, opened

LINKS = "/parcours/"
TREATING = "/parcours/medecin-traitant/"
ROSTER = "/operateur/garde/"
TURN = timedelta(days=7)


def establish(lane: Lane, patient: str, ground: str) -> None:
    """The patient declares the link and its attestor confirms; the operator rosters a turn."""
    if ground == "none" or (patient, ground) in lane.established:
        return
    if ground == "on-call":
        roster(lane)
    else:
        _link(lane, patient, ground)
    lane.established.add((patient, ground))


def _link(lane: Lane, patient: str, ground: str) -> None:
    if ground == "referral":  # it counts when it comes from a confirmed treating physician
        establish(lane, patient, "treating")
    physician, attestor = ANSWERS[ground], ATTESTS[ground]
    if _asked_before(lane, patient, ground, physician):
        return
    people = lane.cast.people
    browser = lane.session(patient)
    if ground == "treating":
        _name(browser, people[physician].name)
    else:
        form = browser.open(LINKS).form("ground", "physician")
        browser.send(
            form,
            ground=ground,
            physician=people[physician].person,
            attestor=people[attestor].person,
        )
    confirm_all(lane, attestor)


def _name(browser: Browser, name: str) -> None:
    """Look for one's treating physician by name, and choose the one who answers here."""
    found = browser.send(browser.open(TREATING).form("asked"), asked=name)
    browser.send(found.form("ground", "physician"))


def _asked_before(lane: Lane, patient: str, ground: str, physician: str) -> bool:
    """Whether the page for a question already offers this physician on this ground."""
    route = f"{ground}:{lane.cast.people[physician].person}"
    return route in routes(lane, patient)


def routes(lane: Lane, patient: str) -> list[str]:
    """The ways of asking that the patient is offered, as `ground:physician`."""
    browser = lane.session(patient)
    flags = browser.open("/questions/nouvelle/").form("none_of_these")
    return browser.send(flags, none_of_these=True).form("route", "text").values("route")


def confirm_all(lane: Lane, attestor: str) -> None:
    """The attestor says yes to everything that waits for their word."""
    browser = lane.session(attestor)
    while True:
        forms = [
            form
            for form in browser.open(LINKS).read().forms
            if {"evidence", "confirmed"} <= form.names()
        ]
        if not forms:
            return
        # Another lane may have given the same word a moment ago.
        page = browser.submit(forms[0], confirmed="yes")
        if page.status >= 400 and page.code not in ("ALREADY_DECIDED", "NOT_FOUND"):
            opened(page)


def roster(lane: Lane) -> None:
    """The operator puts the duty physician on both rosters, unless they are on them."""
    duty = lane.cast.people[ANSWERS["on-call"]]
    with lane.cast.rostering:
        browser = lane.session("operateur")
        page = browser.open(ROSTER)
        if page.mark("on-duty") == duty.person:
            return
        now = datetime.now(UTC)
        for role in ("on-call", "alerts"):
            browser.send(
                page.form("physician_id", "starts_at", "ends_at"),
                physician_id=duty.person,
                role=role,
                starts_at=now.isoformat(),
                ends_at=(now + TURN).isoformat(),
            )
