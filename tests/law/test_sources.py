"""The table of sources promises nothing that is not there: rules, tests and screens exist."""

import pytest
from django.urls import Resolver404, resolve

from audit.law.packs import load
from audit.law.sources import documents
from tests.words import ROOT

DEMANDS = [demand for document in documents() for demand in document.demands]


def test_the_five_documents_are_there():
    assert len(documents()) == 5
    assert all(document.demands for document in documents())


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: demand.rule)
def test_a_demand_has_its_rule_in_the_pack_and_its_test(demand):
    assert demand.rule in {rule.id for rule in load().rules}
    path, _, name = demand.test.partition("::")
    assert f"def {name}(" in (ROOT / path).read_text()
    assert demand.fr and demand.en


@pytest.mark.parametrize("screen", sorted({one.screen for one in DEMANDS if one.done}))
def test_a_demand_that_is_met_has_a_screen(screen):
    try:
        resolve(screen)
    except Resolver404:
        pytest.fail(f"no page at {screen}")
