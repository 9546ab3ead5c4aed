"""Every component of the style sheet on one page: it fits, it is legible in light and dark."""

from types import SimpleNamespace

import pytest
from django.shortcuts import render
from django.template import engines
from django.test import override_settings
from django.urls import path

from config import urls

from .conftest import DESKTOP, HERE, PHONE, barriers, shot

pytestmark = pytest.mark.browser

VERDICTS = [
    ("charged", "Acte facturable"),
    ("refused", "Refusée"),
    ("free", "Sans frais"),
    ("unknown", "À confirmer"),
]


def components(request):
    request.demo = True
    request.user = SimpleNamespace(
        kind="patient", email="camille@exemple.fr", is_authenticated=True
    )
    return render(request, "components.html", {"verdicts": VERDICTS})


urlpatterns = [path("questions/", components), *urls.urlpatterns]


@pytest.fixture
def samples(own_site):
    engine = engines["django"].engine
    before = engine.dirs
    engine.dirs = [*before, HERE]
    with override_settings(ROOT_URLCONF=__name__):
        yield f"{own_site}/questions/"
    engine.dirs = before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_components_fit_and_can_be_read(scheme, samples, browser_page):
    page = browser_page(samples, color_scheme=scheme)
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        page.goto(samples)
        assert page.title().startswith("Composants")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert barriers(page) == []
    shot(page, f"composants-{scheme}")
