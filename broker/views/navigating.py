"""The sections of each kind of person's site, and which one a page belongs to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from consults import queries as people
from consults import states

ALERTS = "/file/alertes/etat.json"


@dataclass(frozen=True, slots=True)
class Section:
    """One link of the main navigation; `beside` are addresses that belong to it as well."""

    href: str
    label: Any
    beside: tuple[str, ...] = ()
    alerts: str = ""
    current: str = ""

    def reach(self, path: str) -> int:
        """How much of an address this section accounts for; 0 is none of it."""
        begun = (at for at in (self.href, *self.beside) if at != "/" and path.startswith(at))
        return max((len(at) for at in begun), default=0)


STRANGERS = (
    Section("/", _("Accueil")),
    Section("/comment/", _("Comment ça marche")),
    Section("/tarifs/", _("Tarifs")),
    Section("/garde/", _("Médecin de garde")),
    Section("/medecins/", _("Vous êtes médecin")),
)
SECTIONS: dict[str, tuple[Section, ...]] = {
    "patient": (
        Section("/questions/", _("Mes questions"), ("/recus/",)),
        Section("/questions/nouvelle/", _("Poser une question")),
        Section("/parcours/", _("Mon parcours de soins")),
        Section("/dossier/", _("Mon dossier"), ("/compte/consentements/", "/compte/mes-donnees/")),
    ),
    "physician": (
        Section("/file/", _("File d’attente"), ("/comptes-rendus/", "/reclamations/")),
        Section("/file/alertes/", _("Alertes"), alerts=ALERTS),
        Section("/file/gardes/", _("Mes gardes")),
        Section("/parcours/", _("Parcours de soins")),
        Section("/medecin/", _("Mon dossier"), ("/file/lecture-du-droit/",)),
        Section("/livres/", _("Mon livre"), ("/recus/", "/questions/")),
    ),
    "applicant": (Section("/medecin/", _("Mon dossier")),),
    "reviewer": (
        Section("/ordre/", _("Contrôle")),
        Section("/ordre/medecins/", _("Contrats")),
        Section("/ordre/textes/", _("Textes publics")),
    ),
    "operator": (
        Section("/operateur/", _("Exploitation"), ("/reclamations/",)),
        Section(
            "/operateur/medecins/", _("Médecins"), ("/operateur/contrats/", "/operateur/pieces/")
        ),
        Section("/operateur/garde/", _("Garde")),
        Section(
            "/operateur/jugements/",
            _("Textes et tarifs"),
            ("/operateur/textes/", "/operateur/tarifs/", "/operateur/convocations/"),
        ),
        Section("/livres/", _("Livres"), ("/operateur/honoraires/", "/recus/")),
    ),
}  # fmt: skip
DEMONSTRATION = Section("/demo/", _("Démonstration"))


def sections_of(kind: str, path: str, *, demo: bool) -> list[Section]:
    """The links of a kind of person; the one that a page is, or is part of, says so."""
    offered = [*SECTIONS.get(kind, STRANGERS), *([DEMONSTRATION] if demo else [])]
    nearest = max(offered, key=lambda one: one.reach(path))
    return [
        replace(one, current=_current(one, path, one is nearest and one.reach(path) > 0))
        for one in offered
    ]


def _current(one: Section, path: str, nearest: bool) -> str:
    if one.href == path:
        return "page"
    return "true" if nearest else ""


def _kind(request: HttpRequest) -> str:
    """Whose sections are shown: a physician who is not vetted yet has a file, and no more."""
    account = getattr(request, "user", None)
    kind = str(getattr(account, "kind", ""))
    if account is None or kind != "physician":
        return kind
    own = people.physician_of(account.pk)
    return kind if own is not None and own.state in states.KNOWN_PHYSICIANS else "applicant"


def navigation(request: HttpRequest) -> dict[str, Callable[[], list[Section]]]:
    """A context processor: the main navigation of whoever asks."""

    def shown() -> list[Section]:
        return sections_of(
            _kind(request), request.path, demo=bool(getattr(request, "demo", False))
        )

    return {"navigation": shown}
