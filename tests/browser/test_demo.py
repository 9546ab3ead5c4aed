"""The demonstration page: each scene is played over the real doors, live in both panes."""

import pytest
from playwright.sync_api import expect

from .conftest import look

pytestmark = pytest.mark.browser
SCENE_MS = 180_000


@pytest.fixture
def stage(service, browser_page):
    """The page, and a way to play a scene on it to its end."""
    page = browser_page(service.url)
    page.goto("/demo/")

    def played(scene: str):
        page.click(f'[data-scene="{scene}"]')
        page.wait_for_selector('#stage[data-done="yes"]', timeout=SCENE_MS)
        assert page.get_attribute("#stage", "data-scene") == scene
        assert page.locator('#stage [data-outcome="failed"]').count() == 0
        look(page, f"demo-{scene}")
        return page

    return played


def test_each_scene_of_the_sources_has_its_place(stage, service):
    page = stage("notice")
    ids = page.locator(".scene").evaluate_all("all => all.map(a => a.id)")
    assert ids == [f"scene-{number}" for number in range(1, 8)]


def outcomes(page) -> list[str]:
    return page.locator("#stage [data-outcome]").evaluate_all(
        "all => all.map(a => a.dataset.outcome)"
    )


def rules(page) -> list[str]:
    return page.locator("#stage [data-rule]").evaluate_all("all => all.map(a => a.dataset.rule)")


def entry_type(page) -> str | None:
    return page.get_attribute("#stage-body", "data-type")


def test_the_treating_physician_adapts_a_dose_and_both_are_paid(stage):
    page = stage("dose")
    assert outcomes(page) == ["billable"]
    assert "ground-cnom-personalised-teleadvice" in rules(page)
    assert "15,00" in page.inner_text("#stage-physician")
    assert "1,80" in page.inner_text("#stage-platform")
    assert page.locator("#stage [data-book]").count() == 2
    assert entry_type(page) == "gate.passed"
    for kind in ("patient", "physician"):
        pane = page.frame_locator(f'iframe[data-pane="{kind}"]')
        pane.get_by_text("reprenez 62,5 µg").first.wait_for()


def test_simple_advice_is_free(stage):
    page = stage("advice")
    assert outcomes(page) == ["not_billable"]
    assert "art53-simple-advice-not-billable" in rules(page)
    assert "0,00" in page.inner_text("#stage-physician")
    assert entry_type(page) == "gate.refused"


def test_a_sick_note_is_refused_with_the_judgment_of_2020(stage):
    page = stage("sick-leave")
    assert outcomes(page) == ["block_intake"]
    assert "SICK_NOTE_REQUEST" in page.inner_text("#stage")
    assert "6 novembre 2020" in page.inner_text("#stage-source")
    assert entry_type(page) == "question.refused"


def test_reimbursed_for_all_is_refused_with_the_notice_of_2018(stage):
    page = stage("claim")
    assert outcomes(page) == ["refused"]
    assert "REIMBURSEMENT_CLAIM" in page.inner_text("#stage")
    assert "octobre 2018" in page.inner_text("#stage-source")
    assert entry_type(page) == "text.refused"


def test_a_price_list_is_accepted_and_flagged_line_by_line(stage):
    page = stage("prices")
    assert outcomes(page) == ["accepted"] * 4
    assert rules(page) == [
        "fee-tier-by-speed-or-minute",
        "fee-tier-by-speed-or-minute",
        "r4127-67-no-undercutting",
    ]
    assert entry_type(page) == "offer.judged"


def test_a_remote_check_called_36_hours_ahead_is_too_late(stage):
    page = stage("notice")
    assert outcomes(page) == ["refused"]
    assert "NOTICE_TOO_LATE" in page.inner_text("#stage")
    assert entry_type(page) == "notice.refused"


def test_a_falsified_log_is_found_out_at_its_index(stage):
    page = stage("falsify")
    before, after = page.locator("#stage [data-status]").all()
    assert (before.get_attribute("data-status"), after.get_attribute("data-status")) == ("0", "1")
    index = page.inner_text("#stage-index").split(":")[1].strip()
    assert index.isdigit()
    assert index in after.inner_text()


def test_each_face_is_signed_in_inside_its_frame(service, browser_page):
    page = browser_page(service.url)
    page.goto("/demo/")
    for kind, words in (("patient", "Mes questions"), ("physician", "File d’attente")):
        pane = page.frame_locator(f"iframe[data-pane='{kind}']")
        expect(pane.locator("h1")).to_have_text(words)
