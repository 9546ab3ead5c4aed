"""The one reader of the environment: every variable, what it means, and a refusal of nonsense.

`read(os.environ)` gives a frozen `Environment`; a wrong value stops the program with one line.
"""

# ruff: noqa: RUF009 - every field is declared by one small function.
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from billing.facts import Issuer
from config.readings import (
    LOOPBACK,
    SETTLEMENTS,
    folder,
    http_url,
    issuer,
    known_profile,
    postgres_address,
    redis_address,
    secret32,
    siren,
    text,
    vat_number,
    ways_to_settle,
    whole,
    words,
    yes_or_no,
)

MADE_UP = Issuer(
    "teleconseil (démonstration)", "", "000000000", "FR12000000000", "1 rue de l’Essai", "75001",
    "Paris",
)  # fmt: skip
LIVE_STRIPE = "https://api.stripe.com"


class Nonsense(Exception):
    """A variable holds what cannot be meant; the text names it and says what is expected."""


def _variable(says: str, reads: Callable[[str], Any] = text, default: Any = "") -> Any:
    return field(default=default, metadata={"says": says, "reads": reads})


@dataclass(frozen=True, kw_only=True)
class IdentityProvider:
    """An OpenID Connect provider and what this service is called there."""

    issuer: str
    client_id: str
    client_secret: str
    acr: tuple[str, ...]
    name: str


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
    database_pool: int = _variable(
        "Most connections of a program's pool; commands have none", whole, 12
    )
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
    issuer_name: str = _variable("Who issues the platform's invoices: its full legal name")
    issuer_legal: str = _variable("Its legal form, capital and register, as invoices carry them")
    issuer_siren: str = _variable("Its SIREN, nine digits with their key", siren)
    issuer_vat: str = _variable("Its intra-community VAT number", vat_number)
    issuer_street: str = _variable("Its address: number and street")
    issuer_postcode: str = _variable("Its address: postcode")
    issuer_city: str = _variable("Its address: city")
    release_approver: str = _variable(
        "Who answers for the texts shipped with this version: name and role, in their register"
    )
    hosting: str = _variable(
        "Certified host of health data (L.1111-8 CSP): its name and certificate, as stated"
    )
    data_in_eea: bool | None = _variable(
        "Whether all data lie in the European Economic Area", yes_or_no, None
    )
    retention_years: int = _variable("Years for which files are kept", whole, 20)
    active_years: int = _variable("Of these, years in the active archive", whole, 5)
    agrement: str = _variable("The operator's approval under L.4081-1 CSS, if it has one")
    employs_physicians: bool = _variable(
        "Whether the operator employs the physicians", yes_or_no, False
    )
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
    oidc_patient_issuer: str = _variable(
        "OpenID Connect provider that vouches for patients' identity, such as FranceConnect",
        issuer,
    )
    oidc_patient_client_id: str = _variable("This service's name there")
    oidc_patient_secret: str = _variable("This service's secret there")
    oidc_patient_acr: tuple[str, ...] = _variable(
        "Levels of assurance that count, separated by commas",
        words,
        ("eidas1", "eidas2", "eidas3"),
    )
    oidc_patient_name: str = _variable("What the page calls it", text, "FranceConnect")
    log_level: str = _variable("DEBUG, INFO, WARNING or ERROR", text, "INFO")

    def issuer(self, *, made_up: bool) -> Issuer:
        """Who issues the platform's invoices; one that does not exist, on one's own machine."""
        if made_up and not self.issuer_name:
            return MADE_UP
        return Issuer(
            self.issuer_name, self.issuer_legal, self.issuer_siren, self.issuer_vat,
            self.issuer_street, self.issuer_postcode, self.issuer_city,
        )  # fmt: skip

    @property
    def identity_provider(self) -> "IdentityProvider | None":
        """Who vouches for patients, when somebody does."""
        if not self.oidc_patient_issuer:
            return None
        return IdentityProvider(
            issuer=self.oidc_patient_issuer,
            client_id=self.oidc_patient_client_id,
            client_secret=self.oidc_patient_secret,
            acr=self.oidc_patient_acr,
            name=self.oidc_patient_name,
        )

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
        "OIDC_PATIENT_ISSUER without OIDC_PATIENT_CLIENT_ID and OIDC_PATIENT_SECRET": (
            bool(env.oidc_patient_issuer)
            and not (env.oidc_patient_client_id and env.oidc_patient_secret)
        ),
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
