"""Who is let in at a page, and how a page or a script is told no, or where to go on."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from audit.access import strongly_authenticated
from audit.actions import ActTooOld
from audit.models import Account
from broker import protocol
from broker.access import NoFile, OutOfScope, needs_second_factor
from broker.actions.faults import MOVED, code_of

# Two acts that waited for each other, or the same form that came twice at the same moment.
RACES = (DeadlockDetected, SerializationFailure, UniqueViolation)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
SIGN_IN = "/compte/login/"
FILE_PAGE = "/dossier/"
# Far above a person, and above a story that plays many patients to one physician.
POSTS_PER_MINUTE = 240


def for_kinds(*kinds: str) -> Callable[[View[P]], View[P]]:
    """Admit these kinds of people, with their second factor; to others the page is not there.

    An act that the world overtook becomes a page, or JSON for a script, with its code and 409.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def admitted(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = request.user
            if not isinstance(account, Account):
                return _to_sign_in(request)
            if account.kind not in kinds:
                raise OutOfScope
            if needs_second_factor(account) and not strongly_authenticated(request):
                raise PermissionDenied("SECOND_FACTOR_NEEDED")
            if request.method == "POST" and _too_many(account):
                return refused(request, "RATE_LIMITED", status=429)
            try:
                return _once_more(view, request, *args, **kwargs)
            except MOVED as moved:
                return refused(request, code_of(moved=moved), status=409)
            except NoFile:
                return _to_file(request)
            except (ActTooOld, OperationalError) as lost:
                if not _may_try_again(lost):
                    raise
                return refused(request, "LATER", status=503)

        return admitted  # type: ignore[return-value]  # wraps() hides that it is still a view

    return wrap


def _too_many(account: Account) -> bool:
    """Say whether an account posts faster than a person can: a refusal writes to the log too."""
    key = f"posts:{account.pk}:{int(timezone.now().timestamp()) // 60}"
    try:
        cache.add(key, 0, timeout=120)
        return cache.incr(key) > POSTS_PER_MINUTE
    except Exception:  # a cache that is away, whatever its kind, closes no door
        return False


def _once_more(
    view: View[P], request: HttpRequest, *args: P.args, **kwargs: P.kwargs
) -> HttpResponse:
    """Run a view, and once again where a slow moment or somebody else's act came in between."""
    try:
        return view(request, *args, **kwargs)
    except (ActTooOld, IntegrityError, OperationalError) as lost:
        if not _may_try_again(lost):
            raise
    # The transaction of the act was rolled back whole: nothing is done twice.
    return view(request, *args, **kwargs)


def _may_try_again(lost: Exception) -> bool:
    """Whether the same act may succeed now, its race lost and the winner there to be seen."""
    return isinstance(lost, ActTooOld) or isinstance(lost.__cause__, RACES)


def account_in(request: HttpRequest) -> Account:
    """The signed-in account of an admitted request."""
    assert isinstance(request.user, Account)
    return request.user


def wants_json(request: HttpRequest) -> bool:
    """Say whether a program is asking."""
    accepts = request.headers.get("Accept", "")
    return "application/json" in accepts and "text/html" not in accepts


def sent_on(request: HttpRequest, address: str, **said: Any) -> HttpResponse:
    """Send people to a page at the payment service; tell programs where it is."""
    if wants_json(request):
        return JsonResponse({**said, "next": address})
    return HttpResponseRedirect(address, status=303)


def refused(
    request: HttpRequest, code: str, *, status: int = 409, says: str = "", **more: Any
) -> HttpResponse:
    """Say no with a stable code: in JSON to programs, as a page to people.

    `says` is the sentence of a rule's code; the doors' own codes have theirs in the protocol.
    """
    sentence = says or gettext(protocol.ERRORS[code])
    if wants_json(request):
        return JsonResponse({"code": code, "detail": sentence}, status=status)
    context = {"code": code, "sentence": sentence, **more}
    return coded(render(request, "broker/refused.html", context, status=status), code)


def form_again(
    request: HttpRequest, template: str, context: dict[str, Any], codes: list[str]
) -> HttpResponse:
    """Show a form again with what is wrong; programs get the codes."""
    if wants_json(request):
        detail = gettext("Le formulaire contient des erreurs.")
        return JsonResponse({"code": codes[0], "codes": codes, "detail": detail}, status=422)
    return coded(render(request, template, context, status=422), codes[0])


def coded(response: HttpResponse, code: str) -> HttpResponse:
    """The response with its code where programs and tests find it."""
    response["X-Error-Code"] = code
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        code = "SIGNED_OUT"
        return JsonResponse({"code": code, "detail": gettext(protocol.ERRORS[code])}, status=401)
    return HttpResponseRedirect(f"{SIGN_IN}?{urlencode({'next': request.get_full_path()})}")


def _to_file(request: HttpRequest) -> HttpResponse:
    """Lead an account without a usable file to the page where it makes or chooses one."""
    if wants_json(request):
        return refused(request, "NO_FILE", status=409)
    return HttpResponseRedirect(FILE_PAGE)
