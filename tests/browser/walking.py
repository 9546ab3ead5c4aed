"""What both sides of a question do in a browser, for the walks that need one."""

import re

from playwright.sync_api import Page

from .conftest import follow, look

DOSE = "Je prends 75 µg de lévothyroxine depuis mars. Ma TSH est à 6,2 : faut-il changer la dose ?"


def ask(patient: Page, text: str, *, route: str) -> None:
    """Through the red flags to the quote."""
    patient.goto(re.sub(r"(//[^/]+).*", r"\1/questions/nouvelle/", patient.url))
    look(patient, "1-signes")
    patient.get_by_label("Aucun de ces signes").check()
    follow(patient.get_by_role("button", name="Continuer"))
    patient.get_by_label("Que voulez-vous demander").fill(text)
    patient.locator("label.choice", has_text=route).locator("input").check()
    patient.locator("input[name=consent]").check()
    look(patient, "2-question")
    follow(patient.get_by_role("button", name="Voir le devis"))


def pay(patient: Page, card: str = "4242 4242 4242 4242") -> None:
    """One hosted page: payment n of 2."""
    follow(patient.get_by_role("button", name="Réserver"))
    patient.locator("label", has_text=card).locator("input").check()
    follow(patient.locator("button.go"))


def held(patient: Page, *, route: str = "Marchand") -> None:
    """A question asked, agreed to and paid on both pages; the patient stands in its thread."""
    ask(patient, DOSE, route=route)
    patient.wait_for_url("**/devis/")
    patient.locator("input[value=card]").check()
    patient.locator("input[name=begins_at_once]").check()
    follow(patient.get_by_role("button", name="Commander"))
    pay(patient)
    patient.wait_for_url("**/paiement/**")
    pay(patient)
    patient.wait_for_url(re.compile(r"/questions/[0-9a-f-]{36}/$"))


def take(physician: Page) -> None:
    """The first question of the queue, claimed."""
    physician.goto(re.sub(r"(//[^/]+).*", r"\1/file/", physician.url))
    look(physician, "7-file")
    follow(physician.get_by_role("button", name="Prendre").first)
