"""The one reader of the environment: every variable, what it means, and a refusal of nonsense.

`read(os.environ)` gives a frozen `Environment`; a wrong value stops the program with one line.
"""

# ruff: noqa: RUF009 - every field is declared by one small function.
import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg import conninfo

PROFILES = ("cnom2016", "strict", "law-only")
LOOPBACK = ("127.0.0.1", "::1", "localhost", "paiement.localhost")
LIVE_STRIPE = "https://api.stripe.com"
SETTLEMENTS = ("card", "off_platform")


class Nonsense(Exception):
    """A variable holds what cannot be meant; the text names it and says what is expected."""


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


def _variable(says: str, reads: Callable[[str], Any] = text, default: Any = "") -> Any:
    return field(default=default, metadata={"says": says, "reads": reads})


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the environment says; the variable's name is the field's in capitals."""

    debug: bool = _variable("Django's debug pages; never in production", yes_or_no, False)
    demo: bool = _variable(
        "Demonstration people and sign-in links; only with test keys and on loopback",
        yes_or_no,
        False,
    )
    profile: str = _variable("How the law is read: cnom2016, strict or law-only", known_profile)
    secret_key: str = _variable("Signs sessions; at least 50 random characters")
    allowed_hosts: tuple[str, ...] = _variable("Host names the site answers to", words, ())
    allowed_origins: tuple[str, ...] = _variable(
        "Exact origins of the site, such as https://conseil.example; needed behind a proxy",
        words,
        (),
    )
    behind_proxy: bool = _variable(
        "A proxy in front sets X-Forwarded-Proto and removes the client's own",
        yes_or_no,
        False,
    )
    database_url: str = _variable(
        "The service's database, as the application role; unset starts the embedded one",
        postgres_address,
    )
    keys_database_url: str = _variable(
        "The second database, with the patients' content keys", postgres_address
    )
    database_owner_url: str = _variable(
        "The owner of the tables, for `prepare` only", postgres_address
    )
    keys_owner_url: str = _variable(
        "The owner of the keys' table, for `prepare` only", postgres_address
    )
    database_sequencer_url: str = _variable("The role of the log's sequencer", postgres_address)
    database_reader_url: str = _variable("The read-only role of exports", postgres_address)
    database_pool: int = _variable("Most database connections of one process", whole, 12)
    redis_url: str = _variable("Redis 7 or Valkey; unset starts the embedded one", redis_address)
    state_dir: Path | None = _variable("Private files: keys and the signer's state", folder, None)
    log_dir: Path | None = _variable("Public files of the log: tiles and checkpoint", folder, None)
    static_dir: Path | None = _variable("Files of `collectstatic`", folder, None)
    master_key: bytes | None = _variable("Wraps the patients' keys: 32 bytes", secret32, None)
    master_key_file: Path | None = _variable("A file holding MASTER_KEY instead", folder, None)
    signer_key: Path | None = _variable("The file of the log signer's key", folder, None)
    stripe_api_base: str = _variable("Stripe's address, or the sandbox's", http_url, LIVE_STRIPE)
    stripe_platform_key: str = _variable("The platform's secret key, sk_live_… or sk_test_…")
    stripe_webhook_secret_platform: str = _variable("Signs /stripe/plateforme/")
    stripe_webhook_secret_accounts: str = _variable("Signs /stripe/comptes/")
    settlements: tuple[str, ...] = _variable(
        "Ways to settle the honoraires that patients may choose among",
        ways_to_settle,
        SETTLEMENTS,
    )
    email_host: str = _variable("SMTP server; unset writes mails into STATE_DIR/mail")
    email_port: int = _variable("Its port", whole, 587)
    email_user: str = _variable("Its account")
    email_password: str = _variable("Its password")
    secure_mail_host: str = _variable(
        "SMTP server of the secure health mail; unset, reports do not travel that way"
    )
    secure_mail_port: int = _variable("Its port; STARTTLS is required there", whole, 587)
    secure_mail_user: str = _variable("Its account")
    secure_mail_password: str = _variable("Its password")
    secure_mail_from: str = _variable("The service's own secure address, which sends reports")
    secure_mail_client_cert: Path | None = _variable(
        "A PEM file with the certificate and key shown to that server", folder, None
    )
    secure_mail_authority: Path | None = _variable(
        "A PEM file of the authorities trusted for that server, instead of the system's",
        folder,
        None,
    )
    secure_mail_domains: tuple[str, ...] = _variable(
        "Domains whose addresses may receive reports", words, ("*.mssante.fr",)
    )
    publisher: str = _variable("Who publishes the site: name and address, in the legal notice")
    mediator: str = _variable("The consumer mediator: name and address, in the legal notice")
    alert_minutes_emergency: int = _variable(
        "Minutes after which an unacknowledged emergency goes to the next physician", whole, 5
    )
    alert_minutes_suicidal: int = _variable("The same for suicidal words", whole, 2)
    alert_minutes_held: int = _variable("The same for a question held for review", whole, 240)
    alert_mail_to: tuple[str, ...] = _variable(
        "Who is told by mail that an alert waits, an SMS gateway's too; else the operators",
        words,
        (),
    )
    held_hours: int = _variable(
        "Hours after which a held question that nobody read goes back to its patient", whole, 24
    )
    email_from: str = _variable("The sender of mails", text, "teleconseil@localhost")
    log_level: str = _variable("DEBUG, INFO, WARNING or ERROR", text, "INFO")

    @property
    def live(self) -> bool:
        """Whether the platform's key moves real money."""
        return "_live_" in self.stripe_platform_key

    @property
    def sandbox(self) -> bool:
        """Whether payments go to another address than Stripe's own."""
        return self.stripe_api_base != LIVE_STRIPE


def read(environ: Mapping[str, str]) -> Environment:
    """Reads every variable and refuses values, then combinations, that cannot be meant."""
    found: dict[str, Any] = {}
    for one in fields(Environment):
        raw = environ.get(one.name.upper(), "")
        if not raw.strip():
            continue
        try:
            found[one.name] = one.metadata["reads"](raw)
        except ValueError as error:
            raise Nonsense(f"{one.name.upper()}: {error}") from None
    return _refuse_contradictions(_with_master_key(Environment(**found)))


def _with_master_key(env: Environment) -> Environment:
    """Reads MASTER_KEY_FILE, unless MASTER_KEY is there."""
    if env.master_key or env.master_key_file is None:
        return env
    try:
        key = secret32(env.master_key_file.read_text().strip())
    except (OSError, ValueError) as error:
        raise Nonsense(f"MASTER_KEY_FILE: {error}") from None
    held = {one.name: getattr(env, one.name) for one in fields(env)}
    return Environment(**{**held, "master_key": key})


def _refuse_contradictions(env: Environment) -> Environment:
    loopback = (urlsplit(env.stripe_api_base).hostname or "") in LOOPBACK
    contradictions = {
        "a live STRIPE_PLATFORM_KEY with the sandbox's STRIPE_API_BASE": env.live and env.sandbox,
        "DEMO with a live STRIPE_PLATFORM_KEY": env.demo and env.live,
        "DEMO with a STRIPE_API_BASE outside this machine": (
            env.demo and env.sandbox and not loopback
        ),
        "DEMO with BEHIND_PROXY: strangers would come from this machine": (
            env.demo and env.behind_proxy
        ),
        "SECURE_MAIL_HOST without SECURE_MAIL_FROM": (
            bool(env.secure_mail_host) and not env.secure_mail_from
        ),
        "DATABASE_URL without SECRET_KEY": bool(env.database_url) and not env.secret_key,
        "DATABASE_URL without KEYS_DATABASE_URL": (
            bool(env.database_url) and not env.keys_database_url
        ),
    }
    for what, is_so in contradictions.items():
        if is_so:
            raise Nonsense(f"refused: {what}")
    return env


def documented() -> dict[str, str]:
    """Every variable with its meaning, for the configuration table and `.env.example`."""
    return {one.name.upper(): one.metadata["says"] for one in fields(Environment)}


def dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines of a file, `#` comments and quotes allowed; empty when there is none."""
    if not path.is_file():
        return {}
    held: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Nonsense(f"{path}:{number}: expected NAME=value")
        held[name.strip()] = value.strip().strip("\"'")
    return held
