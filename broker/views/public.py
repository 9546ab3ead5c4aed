"""The pages that anyone may read: what this is, what it costs, what it refuses, who answers."""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.law import packs
from audit.law.sources import documents
from broker.queries.duty import on_call_line

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
    "/demo/": _("Démonstration"),
}


def home(request: HttpRequest) -> HttpResponse:
    """The page of a stranger; whoever is signed in goes to their own first page."""
    first = FIRST_PAGE.get(getattr(request.user, "kind", ""))
    return HttpResponseRedirect(first) if first else render(request, "broker/home.html")


DEPARTEMENT = re.compile(r"(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8]|98[4-9])")


def on_call(request: HttpRequest) -> HttpResponse:
    """Where to find a physician on duty: a département's number on this day, and its hours."""
    asked = request.GET.get("departement", "").strip().upper()[:3]
    known = bool(DEPARTEMENT.fullmatch(asked))
    line = on_call_line(asked, timezone.now()) if known else None
    page = {"asked": asked, "line": line, "wrong": bool(asked) and not known}
    return render(request, "broker/on_call.html", page)


def legal(request: HttpRequest) -> HttpResponse:
    """Who answers for what, what becomes of the data, and where to complain."""
    shown = {"publisher": settings.PUBLISHER, "mediator": settings.MEDIATOR}
    return render(request, "broker/legal.html", shown)


def sources(request: HttpRequest) -> HttpResponse:
    """What each source document asks for, and where it is answered."""
    shown = [
        (document, [(demand, SCREENS[demand.screen]) for demand in document.demands])
        for document in documents()
    ]
    context = {"documents": shown, "pack": packs.load(), "profile": settings.PROFILE}
    return render(request, "broker/sources.html", context)
