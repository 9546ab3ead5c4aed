"""A thread over a line that drops: the banner says so, nothing is lost, nothing is doubled."""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from .walking import held, take

pytestmark = pytest.mark.browser


class Line:
    """A person's line to the service, that a test may cut and mend."""

    def __init__(self, page: Page) -> None:
        self.cut_off = False
        self.now: WebSocketRoute | None = None
        page.route_web_socket("**/ws/**", self.dialled)

    def dialled(self, line: WebSocketRoute) -> None:
        if self.cut_off:
            line.close(code=1012)
            return
        line.connect_to_server()
        self.now = line

    def cut(self) -> None:
        self.cut_off = True
        assert self.now is not None
        self.now.close(code=1012)


def test_what_is_said_while_the_line_is_down_arrives_once(enter):
    patient, physician = enter("patient"), enter("medecin-traitant")
    line = Line(patient)
    held(patient)
    take(physician)
    for page in (patient, physician):
        expect(page.locator("[data-status]")).to_have_attribute("data-state", "connected")
        expect(page.locator(".bubbles")).to_contain_text("lévothyroxine")
    said = patient.locator(".bubble:not(.bubble--system)")
    before = said.count()
    line.cut()
    status = patient.locator("[data-status]")
    expect(status).to_have_attribute("data-state", "reconnecting")
    expect(status).to_contain_text("Connexion perdue")
    physician.get_by_label("Votre message").fill("Message du médecin pendant la coupure.")
    physician.get_by_role("button", name="Envoyer").click()
    patient.get_by_label("Votre message").fill("Message de la patiente pendant la coupure.")
    patient.get_by_role("button", name="Envoyer").click()
    expect(patient.locator(".ticks--sending")).to_have_count(1)
    line.cut_off = False
    expect(status).to_have_attribute("data-state", "connected", timeout=120_000)
    for page in (patient, physician):
        expect(page.locator(".bubbles")).to_contain_text("Message du médecin pendant la coupure.")
        expect(page.locator(".bubble", has_text="Message de la patiente")).to_have_count(1)
    expect(said).to_have_count(before + 2)
    expect(patient.locator(".ticks--sending")).to_have_count(0)
    expect(patient.locator(".bubble--mine").last.locator(".ticks--seen")).to_have_count(1)
