"""An identity provider asked over OpenID Connect who a patient is: code flow, nonce, PKCE.

Only an identity is asked for: nobody is signed in by it, and no account is found by an e-mail
address. Nothing of what the provider sends is kept here; see `consults.actions.identifying`.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
from django.conf import settings

from consults.facts import Claims

ALGORITHMS = ["RS256", "PS256", "ES256"]
SCOPE = "openid given_name family_name preferred_username birthdate"
TIMEOUT_SECONDS = 8
MOST_BYTES = 200_000
LEEWAY_SECONDS = 30
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class ProviderAway(Exception):
    """The provider does not answer, or answers nonsense."""


class NotProven(Exception):
    """What came back is not the proof that was asked for; the text says why, for our logs."""


@dataclass(frozen=True)
class Asked:
    """What this browser's session keeps between leaving and coming back."""

    state: str
    nonce: str
    verifier: str
    return_url: str

    def as_json(self) -> dict[str, str]:
        """The same for a session."""
        return asdict(self)


def provider_name() -> str:
    """What the identity provider is called; empty where there is none."""
    return settings.IDENTITY_PROVIDER.name if settings.IDENTITY_PROVIDER else ""


def _us() -> Any:
    """The provider's name for us, and ours for it; only asked where there is one."""
    assert settings.IDENTITY_PROVIDER, "the doors are closed without an identity provider"
    return settings.IDENTITY_PROVIDER


def departure(return_url: str) -> tuple[str, Asked]:
    """The provider's address to send a browser to, and what to keep until it comes back."""
    us, there = _us(), _described()
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    asked = Asked(state, nonce, verifier, return_url)
    proof = hashlib.sha256(asked.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": us.client_id,
        "redirect_uri": return_url,
        "scope": SCOPE,
        "state": asked.state,
        "nonce": asked.nonce,
        "code_challenge": base64.urlsafe_b64encode(proof).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "acr_values": " ".join(us.acr),
    }
    return f"{there['authorization_endpoint']}?{urlencode(query, quote_via=quote)}", asked


def arrival(asked: Asked, query: Mapping[str, str]) -> Claims:
    """The claims that the provider signed for this very journey; NotProven, ProviderAway."""
    us, there = _us(), _described()
    if not secrets.compare_digest(query.get("state", "").encode(), asked.state.encode()):
        raise NotProven("state")
    if query.get("iss", us.issuer) != us.issuer:  # RFC 9207
        raise NotProven("iss of the answer")
    if not query.get("code"):
        raise NotProven(f"no code: {query.get('error', '')[:40]}")
    tokens = _tokens(there, asked, query["code"])
    keys = _json(_fetch(there["jwks_uri"]))
    token = _verified(tokens.get("id_token", ""), keys)
    if not secrets.compare_digest(str(token.get("nonce", "")).encode(), asked.nonce.encode()):
        raise NotProven("nonce")
    if token.get("acr") not in us.acr:
        raise NotProven("acr")
    if token.get("azp", us.client_id) != us.client_id:
        raise NotProven("azp")
    return _claims(token, _person(there, str(tokens.get("access_token", "")), keys))


def _described() -> dict[str, Any]:
    """The provider's own description; it has to name the issuer that was configured."""
    issuer = _us().issuer
    there = _json(_fetch(issuer.rstrip("/") + "/.well-known/openid-configuration"))
    if there.get("issuer") != issuer:
        raise NotProven("issuer")
    wanted = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    if not all(isinstance(there.get(name), str) for name in wanted):
        raise ProviderAway("incomplete description")
    return there


def _tokens(there: Mapping[str, Any], asked: Asked, code: str) -> dict[str, Any]:
    us = _us()
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.return_url,
        "code_verifier": asked.verifier,
    }
    headers = {"Accept": "application/json"}
    methods = there.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if "client_secret_post" in methods:
        form |= {"client_id": us.client_id, "client_secret": us.client_secret}
    else:
        pair = f"{quote(us.client_id)}:{quote(us.client_secret)}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    return _json(_fetch(there["token_endpoint"], headers, urlencode(form).encode()))


def _person(there: Mapping[str, Any], access_token: str, keys: dict[str, Any]) -> dict[str, Any]:
    """The provider's page about the person: plain JSON, or signed like a token."""
    headers = {"Authorization": f"Bearer {access_token}"}
    raw = _fetch(there["userinfo_endpoint"], headers)
    if raw.lstrip().startswith(b"{"):
        return _json(raw)
    return _verified(raw.decode("ascii", "replace").strip(), keys, required=("iss", "aud", "sub"))


def _verified(
    token: str,
    keys: dict[str, Any],
    required: tuple[str, ...] = ("iss", "aud", "sub", "exp", "iat", "nonce"),
) -> dict[str, Any]:
    """A token whose signature, issuer, audience and time hold; NotProven otherwise."""
    us = _us()
    try:
        name = jwt.get_unverified_header(token).get("kid")
        known = jwt.PyJWKSet.from_dict(keys).keys
        key = next(one for one in known if name in (None, one.key_id))
        return jwt.decode(
            token,
            key=key,
            algorithms=ALGORITHMS,
            issuer=us.issuer,
            audience=us.client_id,
            leeway=LEEWAY_SECONDS,
            options={"require": list(required)},
        )
    except (jwt.PyJWTError, StopIteration) as wrong:
        raise NotProven(type(wrong).__name__) from wrong


def _claims(token: Mapping[str, Any], person: Mapping[str, Any]) -> Claims:
    if person.get("sub") != token["sub"]:
        raise NotProven("sub")
    said = {name: person.get(name, token.get(name)) for name in ("given_name", "family_name")}
    try:
        born = date.fromisoformat(str(person.get("birthdate", token.get("birthdate"))))
    except ValueError:
        raise NotProven("birthdate") from None
    if not all(isinstance(one, str) and one.strip() for one in said.values()):
        raise NotProven("names")
    return Claims(
        issuer=_us().issuer,
        sub=str(token["sub"]),
        acr=str(token["acr"]),
        given_name=str(said["given_name"]),
        family_name=str(said["family_name"]),
        birth_date=born,
        used_name=str(person.get("preferred_username") or ""),
    )


class _Straight(HTTPRedirectHandler):
    """Secrets and tokens are not carried to wherever an answer points."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follows nothing."""


def _fetch(url: str, headers: Mapping[str, str] | None = None, data: bytes | None = None) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ProviderAway("not https")
    request = Request(url, data=data, headers=dict(headers or {}))
    try:
        with build_opener(_Straight).open(request, timeout=TIMEOUT_SECONDS) as answer:
            raw: bytes = answer.read(MOST_BYTES + 1)
    except HTTPError as no:
        refused = 400 <= no.code < 500
        no.close()
        raise (NotProven if refused else ProviderAway)(f"status {no.code}") from None
    except (URLError, HTTPException, OSError) as wrong:
        raise ProviderAway(type(wrong).__name__) from wrong
    if len(raw) > MOST_BYTES:
        raise ProviderAway("too long")
    return raw


def _json(raw: bytes) -> dict[str, Any]:
    try:
        read = json.loads(raw)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise ProviderAway("not a JSON object")
    return read
