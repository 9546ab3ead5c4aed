"""The pages that anyone may read: what this is, what it costs, what it refuses, who answers.

Their words come from the register of public texts, and from nowhere else: a page whose text
nobody approved says that it is being reviewed, and the operator is told.
"""

import re
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from audit.law import packs
from audit.law.sources import documents
from broker.queries.duty import on_call_line
from broker.queries.pages import blanks
from broker.queries.texts import published
from broker.views.threads import language_of

log = structlog.get_logger(__name__)

# Where each kind of person starts.
FIRST_PAGE = {
    "patient": "/questions/",
    "physician": "/file/",
    "reviewer": "/ordre/",
    "operator": "/operateur/",
}

# What people call the screens of the table of sources.
SCREENS = {
    "/": _("Accueil"),
    "/questions/nouvelle/": _("Poser une question"),
    "/questions/": _("Mes questions"),
    "/parcours/": _("Mon parcours de soins"),
    "/file/": _("File d’attente"),
    "/livres/": _("Livres"),
    "/ordre/": _("Contrôle"),
    "/operateur/jugements/": _("Textes, tarifs, convocations"),
    "/operateur/catalogue/": _("Frais de la plateforme"),
    "/operateur/textes/": _("Registre des textes"),
    "/demo/": _("Démonstration"),
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The page of a stranger; whoever is signed in goes to their own first page."""
    first = FIRST_PAGE.get(getattr(request.user, "kind", ""))
    if first:
        return HttpResponseRedirect(first)
    return said(request, "accueil", "broker/home.html")


@require_safe
def page(request: HttpRequest, key: str) -> HttpResponse:
    """A page that is nothing but its text."""
    return said(request, key, "broker/page.html")


DEPARTEMENT = re.compile(r"(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8]|98[4-9])")


def on_call(request: HttpRequest) -> HttpResponse:
    """Where to find a physician on duty: a département's number on this day, and its hours."""
    asked = request.GET.get("departement", "").strip().upper()[:3]
    known = bool(DEPARTEMENT.fullmatch(asked))
    line = on_call_line(asked, timezone.now()) if known else None
    page = {"asked": asked, "line": line, "wrong": bool(asked) and not known}
    return render(request, "broker/on_call.html", page)


def said(request: HttpRequest, key: str, name: str, **more: Any) -> HttpResponse:
    """A page around the approved words of a text; without any it says that they are reviewed."""
    now, language = timezone.now(), language_of(request)
    found = published(key, language, now)
    if found is None:
        log.warning("public-text-missing", key=key, language=language)
        return render(request, "broker/unpublished.html")
    shown: dict[str, Any] = {"text": found, "blanks": blanks(now), "language": language}
    return render(request, name, shown | more)


def sources(request: HttpRequest) -> HttpResponse:
    """What each source document asks for, and where it is answered."""
    shown = [
        (document, [(demand, SCREENS[demand.screen]) for demand in document.demands])
        for document in documents()
    ]
    context = {"documents": shown, "pack": packs.load(), "profile": settings.PROFILE}
    return render(request, "broker/sources.html", context)
