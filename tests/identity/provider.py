"""A small OpenID Connect provider as a process: real HTTP, real signatures, lies on demand.

`python -m tests.identity.provider PORT` serves until it is killed. Who signs in is chosen on its
page; `POST /_lie` with `{"name": value}` bends what comes next, `{}` makes it honest again.
"""

import base64
import hashlib
import hmac
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CLIENT, SECRET = "teleconseil", "un secret partagé"
PERSON = {
    "sub": "f6048e95b1v1", "given_name": "Camille Anne", "family_name": "ESSAI",
    "birthdate": "1980-05-17", "email": "camille@ailleurs.exemple", "email_verified": False,
}  # fmt: skip
KEYS = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
}
OTHER = rsa.generate_private_key(65537, 2048)
ALGORITHMS = {"rsa": "RS256", "ec": "ES256"}
codes: dict[str, dict[str, Any]] = {}
tokens: set[str] = set()
lies: dict[str, Any] = {}


def published() -> dict[str, Any]:
    """The public halves of the keys."""
    made = []
    for kid, key in KEYS.items():
        algorithm = jwt.get_algorithm_by_name(ALGORITHMS[kid])
        made.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid})
    return {"keys": made}


def mixed_up(claims: dict[str, Any]) -> str:
    """A token under HS256 with the public key as its secret: the library would not make one."""
    parts = [{"alg": "HS256", "kid": "rsa"}, claims]
    signed = b".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts
    )
    public = KEYS["rsa"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    tag = hmac.digest(public, signed, "sha256")
    return (signed + b"." + base64.urlsafe_b64encode(tag).rstrip(b"=")).decode()


class Provider(BaseHTTPRequestHandler):
    """One request."""

    def log_message(self, *args: object) -> None:
        """Silent."""

    @property
    def issuer(self) -> str:
        """Our own name, slash included as some providers have it."""
        return f"http://127.0.0.1:{self.server.server_port}/api/v2"

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(where.query).items()}
        if where.path == "/api/v2/.well-known/openid-configuration":
            return self.say(
                {
                    "issuer": lies.get("issuer", self.issuer),
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "userinfo_endpoint": f"{self.issuer}/userinfo",
                    "jwks_uri": f"{self.issuer}/jwks",
                    "token_endpoint_auth_methods_supported": [
                        lies.get("auth", "client_secret_post")
                    ],
                }
            )
        if where.path == "/api/v2/jwks":
            return self.say(published())
        if where.path == "/api/v2/authorize":
            return self.page(asked)
        if where.path == "/api/v2/userinfo":
            return self.userinfo()
        return self.say({"error": "not found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/_lie":
            lies.clear()
            lies.update(json.loads(body))
            return self.say({})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if urlsplit(self.path).path == "/api/v2/authorize":
            return self.sign_in(form)
        return self.token(form)

    def page(self, asked: dict[str, str]) -> None:
        """A sign-in page of one button."""
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256" and asked["nonce"] and asked["state"]
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{asked[name]}">'
            for name in ("state", "nonce", "redirect_uri", "code_challenge", "acr_values")
        )
        page = f'<form method="post">{fields}<button>Continuer</button></form>'
        head = "<!doctype html><html lang=fr><meta charset=utf-8><title>Identité</title>"
        self.send(200, (head + page).encode(), "text/html; charset=utf-8")

    def sign_in(self, form: dict[str, str]) -> None:
        code = secrets.token_urlsafe(16)
        codes[code] = form
        back = {"state": lies.get("state", form["state"]), "code": code, "iss": self.issuer}
        if "error" in lies:
            back = {"state": form["state"], "error": lies["error"]}
        self.send_response(303)
        self.send_header("Location", f"{form['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def token(self, form: dict[str, str]) -> None:
        """A code is good once, for who asked, with the proof of the key."""
        journey = codes.pop(form.get("code", ""), None)
        basic = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
        known = form.get("client_secret") == SECRET or basic.endswith(
            ":un%20secret%20partag%C3%A9"
        )
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        said = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if journey is None or not known or said != journey["code_challenge"]:
            return self.say({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        tokens.add(access)
        return self.say({"access_token": access, "id_token": self.id_token(journey)})

    def id_token(self, journey: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": lies.get("iss", self.issuer),
            "aud": lies.get("aud", CLIENT),
            "sub": PERSON["sub"],
            "nonce": lies.get("nonce", journey["nonce"]),
            "acr": lies.get("acr", journey["acr_values"].split(" ")[0]),
            "iat": now,
            "exp": now + lies.get("lives", 60),
        }
        kid = lies.get("kid", "rsa")
        if lies.get("unsigned"):
            return jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
        if lies.get("hmac"):  # the public key taken for a shared secret
            return mixed_up(claims)
        key = OTHER if lies.get("forged") else KEYS[kid]
        return jwt.encode(claims, key, algorithm=ALGORITHMS[kid], headers={"kid": kid})

    def userinfo(self) -> None:
        if self.headers.get("Authorization", "")[7:] not in tokens:
            return self.say({"error": "invalid_token"}, 401)
        said = {**PERSON, **lies.get("person", {})}
        if lies.get("signed_userinfo"):
            said |= {"iss": self.issuer, "aud": CLIENT}
            token = jwt.encode(said, KEYS["rsa"], algorithm="RS256", headers={"kid": "rsa"})
            return self.send(200, token.encode(), "application/jwt")
        return self.say(said)

    def say(self, said: dict[str, Any], status: int = 200) -> None:
        self.send(status, json.dumps(said).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider).serve_forever()
