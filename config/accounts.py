"""Signing in: what allauth asks of this house.

A second factor that was shown leaves its moment in the session as `strong_at`; the doors of
physicians, reviewers and operators ask for it.
"""

import base64
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

STRONG_AT = "strong_at"
NONCE_BYTES = 12


def note_second_factor(request: HttpRequest) -> None:
    """Remembers in the session when a second factor was shown."""
    request.session[STRONG_AT] = timezone.now().isoformat()


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are opened by the operator, who has checked who the person is."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody opens an account alone."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Notes whether this sign-in showed a second factor."""
        request.session.pop(STRONG_AT, None)
        shown = get_authentication_records(request, user)
        if any(record.get("method") == "mfa" for record in shown):
            note_second_factor(request)
        return super().post_login(request, user, **kwargs)


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


class FirstCode(ActivateTOTPForm):
    """The first code of an authenticator: the password was asked for just before."""

    def clean_code(self) -> str:
        """Accepts the code, and counts it as a second factor shown."""
        code: str = super().clean_code()
        note_second_factor(context.request)
        return code
