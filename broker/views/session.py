"""Coming and going: the demonstration's sign-in, and signing out everywhere."""

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from audit.access import STRONG_AT
from audit.models import Account
from broker import relay
from broker.access import demo_account
from broker.actions.presence import end_presence
from consults.queries import physician_of


@require_safe
def demo_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign a demonstration person in, second factor included; not there outside one."""
    now = timezone.now()
    account = demo_account(request, token, now)
    auth.login(request, account, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[STRONG_AT] = now.isoformat()
    return HttpResponseRedirect(_next(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, close its open sockets at once, and say that a physician has left."""
    account = request.user
    auth.logout(request)
    if isinstance(account, Account):
        physician = physician_of(account.pk)
        if physician is not None:
            end_presence(physician_id=physician.pk)
        with transaction.atomic():
            relay.recheck(account_id=account.pk)
    return HttpResponseRedirect(_next(request))


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"
