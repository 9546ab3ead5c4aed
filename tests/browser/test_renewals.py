"""A patient places a hold again, in a real browser, on a phone."""

import pytest

from tests.billing.conftest import sandbox, walk
from tests.billing.test_renewals import asked, lengthy, waiting

from .conftest import PHONE, look
from .test_identity import entered

__all__ = ["lengthy", "sandbox", "waiting", "walk"]
pytestmark = pytest.mark.browser


def test_a_patient_finds_the_date_and_the_button_to_place_the_hold_again(
    waiting, browser_page, own_site
):
    asked(waiting)
    page = browser_page(own_site, viewport=PHONE)
    entered(page, own_site, waiting.patient.account)
    page.goto(f"/questions/{waiting.question}/reservation/")
    look(page, "reservation-a-refaire")
    assert page.locator("[data-party]").count() == 2
    assert page.get_by_role("button", name="Réserver de nouveau 15,00 €").is_visible()
