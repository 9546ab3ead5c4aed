"""How the words of the environment are read: each refuses what cannot be meant, and says why."""

import base64
import binascii
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import conninfo

from billing.facts import siren_holds, vat_number_of

PROFILES = ("cnom2016", "strict", "law-only")
SETTLEMENTS = ("card", "off_platform")
LOOPBACK = ("127.0.0.1", "::1", "localhost", "paiement.localhost")


def text(raw: str) -> str:
    """Any text."""
    return raw


def yes_or_no(raw: str) -> bool:
    """`1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`."""
    word = raw.strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("expected yes or no")


def words(raw: str) -> tuple[str, ...]:
    """A list separated by commas."""
    return tuple(word.strip() for word in raw.split(",") if word.strip())


def whole(raw: str) -> int:
    """A whole number, not negative."""
    if not raw.strip().isdigit():
        raise ValueError("expected a whole number")
    return int(raw)


def known_profile(raw: str) -> str:
    """One of the profiles of the rule packs."""
    if raw not in PROFILES:
        raise ValueError(f"expected one of {', '.join(PROFILES)}")
    return raw


def ways_to_settle(raw: str) -> tuple[str, ...]:
    """Some of the ways to settle honoraires."""
    said = words(raw)
    if not said or not set(said) <= set(SETTLEMENTS):
        raise ValueError(f"expected some of {', '.join(SETTLEMENTS)}")
    return said


def postgres_address(raw: str) -> str:
    """A PostgreSQL address as libpq reads it."""
    if not raw.startswith(("postgres://", "postgresql://")):
        raise ValueError("expected postgresql://user:password@host/database")
    try:
        parts = conninfo.conninfo_to_dict(raw)
    except Exception as error:
        raise ValueError("expected postgresql://user:password@host/database") from error
    if not parts.get("dbname"):
        raise ValueError("names no database")
    return raw


def redis_address(raw: str) -> str:
    """A Redis or Valkey address."""
    if not raw.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("expected redis://host:port/0 or unix:///path/to/socket")
    return raw


def http_url(raw: str) -> str:
    """An http or https address without a trailing slash."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("expected http://… or https://…")
    return raw.rstrip("/")


def issuer(raw: str) -> str:
    """The https address by which an identity provider names itself, letter for letter."""
    parts = urlsplit(raw)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (parts.scheme == "https" or local) or not parts.netloc or parts.query:
        raise ValueError("expected https://…")
    return raw


def secret32(raw: str) -> bytes:
    """32 secret bytes, written as 64 hexadecimal digits or in base64."""
    try:
        key = bytes.fromhex(raw) if len(raw) == 64 else base64.b64decode(raw, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != 32:
        raise ValueError("expected 32 bytes as 64 hexadecimal digits or in base64")
    return key


def folder(raw: str) -> Path:
    """A path, `~` allowed."""
    return Path(raw).expanduser()


def siren(raw: str) -> str:
    """A SIREN whose key is right; spaces between its groups do not count."""
    digits = "".join(raw.split())
    if digits and (len(digits) != 9 or not siren_holds(digits)):
        raise ValueError("expected the nine digits of a SIREN")
    return digits


def vat_number(raw: str) -> str:
    """A French intra-community VAT number whose key is right."""
    number = "".join(raw.split()).upper()
    if number and (not siren_holds(number[4:13]) or number != vat_number_of(number[4:])):
        raise ValueError("expected a French VAT number, such as FR12000000000")
    return number
