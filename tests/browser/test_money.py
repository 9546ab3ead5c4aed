"""What is due, a physician's account at Stripe, and a patient's receipts, in a real browser."""

from collections.abc import Iterable

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from billing.actions import onboarding
from billing.actions.refunding import refund
from billing.queries.papers import local_day
from tests import people
from tests.billing.conftest import sandbox, walk
from tests.billing.test_onboarding import PAGE, does, own
from tests.people import now
from tests.rows.test_r53_receipts import at_the_practice
from tests.walks.faces import signed_in

from .conftest import DESKTOP, PHONE, follow, look
from .test_identity import entered

__all__ = ["sandbox", "walk"]
pytestmark = pytest.mark.browser


def seen(page: Page, name: str, *words: str) -> None:
    """The page says these words, and passes at both widths."""
    for one in words:
        expect(page.locator("main")).to_contain_text(one)
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        look(page, name)


@pytest.mark.usefixtures("far_from_midnight")
def test_a_physician_settles_what_is_due_on_its_card(walk, browser_page, own_site):
    leg = at_the_practice(walk)
    page = browser_page(own_site)
    entered(page, own_site, walk.physician.account)
    page.goto("/livres/dus/")
    card = page.locator(f"#du-{leg.id}")
    card.get_by_text("Y renoncer").first.click()
    expect(card.get_by_role("button", name="Y renoncer")).to_be_visible()
    seen(page, "dus", "15,00 € en tout", "depuis aujourd’hui")
    form = card.locator("form").first
    form.evaluate("form => { form.noValidate = true }")  # as an older browser would send it
    form.get_by_label("Reçus par").select_option("Chèque")
    form.locator("input[type=date]").fill("2020-01-01")
    follow(form.get_by_role("button"))
    seen(page, "dus-refuse", "Ce jour est avant la réponse")
    day = card.locator("input[type=date]")
    assert (day.input_value(), card.get_by_label("Reçus par").input_value()) == (
        "2020-01-01", "cheque",
    )  # fmt: skip
    day.fill(local_day(now()).isoformat())
    card.get_by_label("Reçus par").select_option("Virement")
    follow(card.get_by_role("button", name="Reçus : établir le reçu"))
    seen(page, "dus-rien", "Honoraires reçus", "Rien n’est dû à votre cabinet")


def account_states(walk) -> Iterable[tuple[str, str, str]]:
    """Each state of the account as Stripe tells it, one by one, and what the page says of it."""
    account = own(walk).stripe_account
    does(walk, "account", account=account, changes={"payouts_enabled": False})
    yield "suspendu", "active", "Les virements vers votre banque sont suspendus"
    asked = {
        "currently_due": ["external_account"], "past_due": [], "eventually_due": [],
        "pending_verification": [], "disabled_reason": "requirements.past_due", "errors": [],
        "alternatives": [], "current_deadline": None,
    }  # fmt: skip
    changes = {"charges_enabled": False, "requirements": asked}
    does(walk, "account", account=account, changes=changes)
    yield "attendu", "pending", "un compte bancaire"
    does(walk, "account/cut", account=account)
    yield "coupe", "deauthorised", "Rouvrir un compte chez Stripe"


def test_a_physician_sees_where_their_account_stands(walk, browser_page, own_site):
    page = browser_page(own_site)
    entered(page, own_site, people.a_physician().account)
    page.goto(PAGE)
    seen(page, "compte-aucun", "Aucun compte pour l’instant", "Ouvrir mon compte chez Stripe")
    entered(page, own_site, walk.physician.account)
    for name, state, words in account_states(walk):
        onboarding.refresh_account(stripe_account=own(walk).stripe_account, now=now())
        page.goto(PAGE)
        assert page.locator("[data-account-state]").get_attribute("data-account-state") == state
        seen(page, f"compte-{name}", words)


def test_a_patient_reads_their_receipts_and_still_does_when_they_have_left(
    walk, browser_page, own_site
):
    walk.held()
    walk.answers()
    walk.works()
    fee = walk.legs()["platform"]
    with transaction.atomic():
        refund(
            leg_id=fee.id, amount_cents=50, reason="goodwill", actor=walk.patient.actor,
            now=now(),
        )  # fmt: skip
    walk.works()
    page = browser_page(own_site)
    page.route_web_socket("**/ws/**", lambda line: None)  # this site serves pages alone
    entered(page, own_site, walk.patient.account)
    page.goto(f"/questions/{walk.question}/")
    seen(page, "recus", "Reçu d’honoraires", "Facture de la plateforme", "0,50 € rendus")
    for name in ("Reçu d’honoraires", "Avoir"):
        page.goto(f"/questions/{walk.question}/")
        follow(page.locator("#argent").get_by_role("link", name=name))
        seen(page, f"recu-{name[:5]}", "15,00 €", "Télécharger en PDF")
    leaving = signed_in(walk.patient)
    leaving.post(f"/questions/{walk.question}/compte-rendu/transmettre/", {"way": "objected"})
    left = leaving.post("/compte/fermer/", {"how": "close", "sure": "1"}).content.decode()
    link = left.split('id="papers" href="')[1].split('"')[0]
    page.goto(link.split("localhost")[1])
    seen(page, "recus-apres", "Vos reçus", "(PDF)")
