"""The register of public texts in a browser: proposed by one, refused, or approved by another."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import PHONE, follow, look

pytestmark = pytest.mark.browser
PAGE = "/operateur/textes/comment/fr/"


def at(page, path: str) -> None:
    page.goto(re.match(r"https?://[^/]+", page.url)[0] + path)


@pytest.mark.parametrize("viewport", [PHONE, None], ids=["phone", "desk"])
def test_a_text_is_refused_with_its_article_or_approved_by_another_person(enter, viewport):
    more = {"viewport": viewport} if viewport else {}
    author, approver = enter("operateur", **more), enter("relecture", **more)
    at(author, "/operateur/textes/")
    look(author, "textes")
    at(author, PAGE)
    line = f"Une ligne de plus, pour {author.viewport_size['width']} points."
    words = author.locator("textarea[name=body]").input_value()
    author.locator("textarea[name=body]").fill("# Comment\n\nTout est remboursé.\n")
    follow(author.get_by_role("button", name="Proposer"))
    assert author.locator("#judged").get_attribute("data-code") == "REIMBURSEMENT_CLAIM"
    assert author.locator("#judged .finding-article").first.is_visible()
    look(author, "texte-refuse")
    author.locator("textarea[name=body]").fill(f"{words}\n{line}\n")
    follow(author.get_by_role("button", name="Proposer"))
    expect(author.locator("[data-version]").first).to_have_attribute("data-state", "proposed")
    assert author.get_by_role("button", name="Approuver").count() == 0
    at(approver, PAGE)
    newest = approver.locator("[data-version]").first
    assert newest.get_attribute("data-state") == "proposed"
    look(approver, "texte-a-approuver")
    newest.locator("input[name=approver]").fill("Dr Anne Relit, directrice médicale")
    follow(newest.get_by_role("button", name="Approuver cette version"))
    expect(approver.locator("[data-version]").first).to_have_attribute("data-state", "published")
    at(approver, "/comment/")
    assert approver.get_by_text(line).is_visible()
