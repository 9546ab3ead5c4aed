"""Signing in: what allauth asks of this house.

A second factor that was shown leaves its moment in the session as `strong_at`; the doors of
physicians, reviewers and operators ask for it.
"""

import base64
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy

from audit.models import Account
from broker.access import actor_of, may_enrol_second_factor
from broker.queries.texts import Published, published
from broker.views.admission import FILE_PAGE
from consults import actions as care
from consults import queries as people

STRONG_AT = "strong_at"
NONCE_BYTES = 12


def note_second_factor(request: HttpRequest) -> None:
    """Remembers in the session when a second factor was shown."""
    request.session[STRONG_AT] = timezone.now().isoformat()


class SignUp(SignupForm):
    """A patient's own sign-up; everybody else is invited by the operator."""

    terms = forms.BooleanField(
        label=gettext_lazy("J’ai lu et j’accepte les conditions d’utilisation.")
    )


class AccountAdapter(DefaultAccountAdapter):
    """Patients open their own account; the operator opens all others (`broker.actions`)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up before there are terms that somebody has approved."""
        return _terms() is not None

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Opens a patient's account, with the words of the terms that were accepted."""
        terms = _terms()
        assert terms, "sign-up is closed without terms"
        user.kind, user.language = "patient", (get_language() or "fr")[:2]
        with transaction.atomic():
            saved = super().save_user(request, user, form, commit=commit)
            care.accept_terms(
                account_subject=saved.subject,
                words_sha256=terms.sha256,
                language=terms.language,
                actor=actor_of(saved),
                now=timezone.now(),
            )
        return saved

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Leads a patient who has no file yet to the page that makes one."""
        account = request.user
        if isinstance(account, Account) and account.kind == "patient":
            return FILE_PAGE if people.patient_of(account.pk) is None else "/questions/"
        return super().get_login_redirect_url(request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Notes whether this sign-in showed a second factor."""
        request.session.pop(STRONG_AT, None)
        shown = get_authentication_records(request, user)
        if any(record.get("method") == "mfa" for record in shown):
            note_second_factor(request)
        return super().post_login(request, user, **kwargs)


def _terms() -> Published | None:
    """The terms as published now, in the language of the page."""
    return published("conditions", (get_language() or "fr")[:2], timezone.now())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Second factors; their secrets lie encrypted in the database."""

    def encrypt(self, text: str) -> str:
        """Seals a secret under a key that the database does not hold."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(_secrets_key()).encrypt(nonce, text.encode(), None)
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Opens what `encrypt` sealed."""
        raw = base64.b64decode(encrypted_text)
        return AESGCM(_secrets_key()).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode()


def _secrets_key() -> bytes:
    source = settings.MASTER_KEY or settings.SECRET_KEY.encode()
    return HKDF(SHA256(), length=32, salt=None, info=b"second-factor secrets").derive(source)


class CodeAgain(ReauthenticateForm):
    """A code asked for in the middle of a session."""

    def save(self) -> None:
        """Accepts the code."""
        super().save()
        note_second_factor(context.request)


class KeyAgain(ReauthenticateWebAuthnForm):
    """A passkey asked for in the middle of a session."""

    def save(self) -> None:
        """Accepts the passkey."""
        super().save()
        note_second_factor(context.request)


Views = Callable[..., HttpResponse]


def enrolling(view: Views) -> Views:
    """Admits to a page that adds a second factor whoever may add one; see `broker.access`."""

    @wraps(view)
    def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        signed_in = isinstance(request.user, Account)
        if signed_in and not may_enrol_second_factor(request, timezone.now()):
            raise PermissionDenied("ENROLMENT_LINK_NEEDED")
        return view(request, *args, **kwargs)

    return admitted


class FirstCode(ActivateTOTPForm):
    """The first code of an authenticator, whose holder came by an invitation's link."""

    def clean_code(self) -> str:
        """Accepts the code, and counts it as a second factor shown."""
        if not may_enrol_second_factor(context.request, timezone.now()):
            raise PermissionDenied("ENROLMENT_LINK_NEEDED")
        code: str = super().clean_code()
        note_second_factor(context.request)
        return code
