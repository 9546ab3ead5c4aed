"""What `check --deploy` refuses: a demonstration, a sandbox, and anything left out."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import Error as DatabaseError

from config.demo.people import DOMAIN
from config.env import Environment

ISSUER = ("name", "legal", "siren", "vat", "street", "postcode", "city")


@register
def no_imposed_payment(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """A patient always has another way to pay the physician than by card (R.4127-53 II CSP)."""
    if set(settings.SETTLEMENTS) - {"card"}:
        return []
    hint = "Leave off_platform among SETTLEMENTS: transfer, cheque or cash at the practice."
    return [Error("the card would be imposed on patients", hint=hint, id="teleconseil.E110")]


@register(deploy=True)
def without_demonstration(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """No account of the demonstration is left in the service's database."""
    if not settings.ENV.database_url:
        return []
    accounts = get_user_model().objects.filter(email__endswith=f"@{DOMAIN}")
    try:
        left = accounts.count()
    except DatabaseError:
        hint = "Run `teleconseil prepare`, and this check where the database can be reached."
        return [Error("the database does not answer", hint=hint, id="teleconseil.E101")]
    if not left:
        return []
    hint = (
        "Start with a database of its own; the demonstration's people may sign in without proof."
    )
    return [Error(f"{left} demonstration accounts are left", hint=hint, id="teleconseil.E100")]


@register()
def reading_of_the_law(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """No program starts for the public before somebody chose how the law is read."""
    if not settings.SECURE or settings.PROFILE_IS_CHOSEN:
        return []
    hint = "Set PROFILE to cnom2016, strict or law-only; physicians acknowledge what it means."
    return [Error("no PROFILE is chosen", hint=hint, id="teleconseil.E102")]


@register(deploy=True)
def ready_for_patients(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Every way in which these settings are not those of a service for real patients."""
    found: list[CheckMessage] = [
        Error(what, hint=hint, id=f"teleconseil.E{number:03}")
        for number, (wrong, what, hint) in refusals(settings.ENV).items()
        if wrong
    ]
    if settings.ENV.database_owner_url or settings.ENV.keys_owner_url:
        found.append(
            Warning(
                "the service knows the tables' owner",
                hint="Keep DATABASE_OWNER_URL and KEYS_OWNER_URL for `teleconseil prepare` alone.",
                id="teleconseil.W001",
            )
        )
    return found


def refusals(env: Environment) -> dict[int, tuple[bool, str, str]]:
    """By number: whether it is so, what is wrong, what to do. Numbers are never used again."""
    return {
        1: (env.demo, "DEMO is on: anybody may sign in as anybody", "Unset DEMO."),
        2: (env.debug, "DEBUG is on: error pages show everything", "Unset DEBUG."),
        # 3 to 6 were about Stripe: billing/checks.py says them now, as E130 to E139.
        7: (
            not env.profile,
            "no PROFILE is chosen: how the law is read is a decision of somebody",
            "Set PROFILE to cnom2016, strict or law-only.",
        ),
        8: (
            env.master_key is None,
            "there is no master key for the patients' texts",
            "Set MASTER_KEY_FILE or MASTER_KEY.",
        ),
        9: (
            not env.database_url or not env.redis_url,
            "the embedded services are for one machine of one's own",
            "Set DATABASE_URL, KEYS_DATABASE_URL and REDIS_URL.",
        ),
        **_places(env),
    }


def _places(env: Environment) -> dict[int, tuple[bool, str, str]]:
    """What is wrong with the site's names, its encryption and its files."""
    plain = [one for one in env.allowed_origins if urlsplit(one).scheme != "https"]
    return {
        10: (
            env.state_dir is None or env.log_dir is None,
            "the log's files have no place",
            "Set STATE_DIR (private) and LOG_DIR (public).",
        ),
        11: (not env.allowed_hosts, "no host name is given", "Set ALLOWED_HOSTS."),
        12: (
            not env.allowed_origins or bool(plain),
            f"the site's origins are not all https: {', '.join(plain) or 'none is given'}",
            "Set ALLOWED_ORIGINS, such as https://conseil.example.",
        ),
        13: (
            not env.behind_proxy,
            "nothing in front of the service speaks TLS",
            "Put a proxy in front (config/deploy) and set BEHIND_PROXY.",
        ),
        14: (not env.email_host, "mails would only be written to files", "Set EMAIL_HOST."),
        15: (
            not env.mediator,
            "no consumer mediator is named (L.612-1 and L.616-1 of the consumer code)",
            "Set MEDIATOR to the name and address of the mediator that was chosen.",
        ),
        16: (
            not all(getattr(env, f"issuer_{part}") for part in ISSUER),
            "the platform's invoices would not say who issues them",
            "Set ISSUER_NAME, ISSUER_LEGAL, ISSUER_SIREN, ISSUER_VAT and its address.",
        ),
    }
