"""The main navigation: each page belongs to one section, and says so."""

import pytest

from broker.views.navigating import SECTIONS, sections_of


def marked(kind: str, path: str) -> dict[str, str]:
    return {one.href: one.current for one in sections_of(kind, path, demo=True) if one.current}


@pytest.mark.parametrize(
    ("kind", "path", "section"),
    [
        ("patient", "/questions/0e/devis/", "/questions/"),
        ("patient", "/questions/nouvelle/ecrire/", "/questions/nouvelle/"),
        ("patient", "/recus/0e/", "/questions/"),
        ("patient", "/dossier/enfant/", "/dossier/"),
        ("applicant", "/medecin/candidature/", "/medecin/"),
        ("physician", "/file/0e/", "/file/"),
        ("physician", "/file/alertes/0e/", "/file/alertes/"),
        ("physician", "/livres/releve/", "/livres/"),
        ("reviewer", "/ordre/textes/tarifs/fr/", "/ordre/textes/"),
        ("operator", "/operateur/textes/", "/operateur/jugements/"),
        ("operator", "/operateur/honoraires/", "/livres/"),
        ("operator", "/operateur/comptes/", "/operateur/"),
    ],
)
def test_a_page_below_a_section_marks_that_section_and_no_other(kind, path, section):
    assert marked(kind, path) == {section: "true"}


def test_the_first_page_of_each_section_is_marked_as_the_page_itself():
    for kind, sections in SECTIONS.items():
        for one in sections:
            assert marked(kind, one.href) == {one.href: "page"}, (kind, one.href)


def test_a_page_of_no_section_marks_none():
    assert marked("patient", "/sources/") == {} == marked("", "/sources/")
    assert marked("", "/") == {"/": "page"}
