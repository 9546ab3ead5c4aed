"""The demonstration page: two faces side by side, and scenes played over the real doors."""

import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from billing.views.words import ACCOUNTS
from broker.access import from_this_machine
from broker.story.cast import Cast, NoCast
from broker.story.scenes import SCENES, STEPS, Show
from config.demo.links import Link, links
from config.demo.people import PATIENT, REVIEWERS, TREATING

KEPT_SECONDS = 600
BUSY = "demo:busy"
LONGEST_SECONDS = 180


def local_only(request: HttpRequest) -> None:
    """Let in a visitor of a demonstration on this machine; for others there is no such page."""
    if not (settings.DEMO and from_this_machine(request)):
        raise Http404


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Two panes, seven buttons, everybody's sign-in link."""
    local_only(request)
    there = {link.role: link for link in _links(request)}
    shown = {
        "people": there.values(),
        "panes": [
            (gettext("Patiente"), there.get(PATIENT.role)),
            (gettext("Médecin"), there.get(TREATING.role)),
        ],
        "reviewer": there.get(REVIEWERS[-1].role),
        "scenes": [(name, gettext(s.title), gettext(s.says)) for name, s in SCENES.items()],
    }
    return render(request, "demo.html", shown)


def _links(request: HttpRequest, *, everybody: bool = False) -> list[Link]:
    return links(site=f"http://{request.get_host()}", everybody=everybody)


@require_safe
def people(request: HttpRequest) -> JsonResponse:
    """Everybody with a fresh sign-in link, for scripts."""
    local_only(request)
    rows = [asdict(link) for link in _links(request, everybody=True)]
    for row in rows:
        del row["says"]
    return JsonResponse(rows, safe=False)


@require_POST
def play(request: HttpRequest, scene: str) -> HttpResponse:
    """Start a scene in the background; one at a time, as there is one patient in the pane."""
    local_only(request)
    if scene not in SCENES:
        raise Http404
    run = str(uuid4())
    if not cache.add(BUSY, run, LONGEST_SECONDS):
        says = gettext("Une scène est en cours : attendez qu’elle finisse.")
        return JsonResponse({"code": "SCENE_RUNNING", "detail": says}, status=409)
    cache.set(f"demo:{run}", {"scene": scene, "steps": [], "done": False}, KEPT_SECONDS)
    url = f"http://127.0.0.1:{request.get_port()}"
    threading.Thread(target=_played, args=(scene, run, url), daemon=True).start()
    if "application/json" not in request.headers.get("Accept", ""):
        return redirect(f"/demo/?run={run}")
    return JsonResponse({"run": run}, status=202)


def _played(scene: str, run: str, url: str) -> None:
    """In a thread of its own: everything it does, it does as a visitor."""

    def publish(seen: Mapping[str, Any]) -> None:
        # Whoever sees the end may play the next at once. One that took longer than its mark leaves
        # the next one's alone.
        if seen["done"] and cache.get(BUSY) == run:
            cache.delete(BUSY)
        cache.set(f"demo:{run}", {**seen, "scene": scene}, KEPT_SECONDS)

    show = Show(publish)
    try:
        SCENES[scene].plays(show, Cast(url))
    except NoCast as wrong:
        show.end(failed=f"NoCast: {wrong}")
    except Exception as wrong:  # the page must learn that the scene ended, whatever ended it
        show.end(failed=type(wrong).__name__)
        raise


@require_safe
def progress(request: HttpRequest, run: UUID) -> JsonResponse:
    """How far a scene is, and how it ended."""
    local_only(request)
    seen: dict[str, Any] | None = cache.get(f"demo:{run}")
    if seen is None:
        return JsonResponse({"code": "NOT_FOUND"}, status=404)
    steps = [{"name": one["name"], "says": gettext(STEPS[one["name"]])} for one in seen["steps"]]
    source = gettext(seen["source"]) if seen.get("source") else ""
    names = {name: str(label) for name, label in ACCOUNTS.items()}
    return JsonResponse({**seen, "steps": steps, "source": source, "names": names})
