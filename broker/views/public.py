"""The pages that anyone may read: what this is, what it costs, what it refuses, who answers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

# Where each kind of person starts.
FIRST_PAGE = {
    "patient": "/questions/",
    "physician": "/file/",
    "reviewer": "/ordre/",
    "operator": "/operateur/",
}


def home(request: HttpRequest) -> HttpResponse:
    """The page of a stranger; whoever is signed in goes to their own first page."""
    first = FIRST_PAGE.get(getattr(request.user, "kind", ""))
    return HttpResponseRedirect(first) if first else render(request, "broker/home.html")


def legal(request: HttpRequest) -> HttpResponse:
    """Who answers for what, what becomes of the data, and where to complain."""
    shown = {"publisher": settings.PUBLISHER, "mediator": settings.MEDIATOR}
    return render(request, "broker/legal.html", shown)
