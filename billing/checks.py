"""What `check` refuses before real money moves: keys, addresses, webhook secrets, percentages.

Going live changes environment variables only, so these sentences are all that stands between a
forgotten one and a patient's card. Each has its id for good, and is said in French and English.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Model

from billing import money
from billing.models import Schedule

STRIPE = "https://api.stripe.com"
SECRET = ("sk_live_", "rk_live_", "sk_test_", "rk_test_")
LIVE = ("sk_live_", "rk_live_")
# Every number that a price of the platform may be made of; none is a part of another amount.
NUMBERS = {"version", "platform_cents", "vat_bps", "answer_within_seconds"}
ASKED_CENTS = (100, 1_500, 5_000, 15_000)


class Line(NamedTuple):
    """How the line to Stripe is set."""

    key: str
    address: str
    platform_secret: str
    accounts_secret: str
    origins: tuple[str, ...] = ()

    @property
    def live(self) -> bool:
        """Whether real money moves, as far as the key says."""
        return "_live_" in self.key


def _said(number: int, french: str, english: str, hint: str) -> Error:
    return Error(f"{french} / {english}", hint=hint, id=f"teleconseil.E{number}")


def contradictions(line: Line) -> Iterator[Error]:
    """What can never be meant, for real patients or not."""
    if line.live and line.address != STRIPE:
        yield _said(
            130, "clé réelle avec l'adresse d'un bac à sable",
            f"a live key with the address {line.address}", "Unset STRIPE_API_BASE.",
        )  # fmt: skip
    if line.key and not line.key.startswith(SECRET):
        yield _said(
            131, "STRIPE_PLATFORM_KEY n'est pas une clé secrète ou restreinte",
            "STRIPE_PLATFORM_KEY is no secret or restricted key",
            "A publishable key (pk_…) or a webhook secret (whsec_…) is for elsewhere.",
        )  # fmt: skip
    secrets = [line.platform_secret, line.accounts_secret]
    if line.platform_secret and line.platform_secret == line.accounts_secret:
        yield _said(
            132, "les deux secrets de webhook sont le même",
            "the two webhook secrets are one and the same",
            "Stripe gives each endpoint its own: copy both.",
        )  # fmt: skip
    if any(one and not one.startswith("whsec_") for one in secrets):
        yield _said(
            133, "un secret de webhook n'en est pas un", "a webhook secret is none",
            "A webhook secret begins with whsec_.",
        )  # fmt: skip
    if line.live and not all(secrets):
        yield _without_secret(line)


def _without_secret(line: Line) -> Error:
    missing = [
        name
        for name, value in (
            ("STRIPE_WEBHOOK_SECRET_PLATFORM", line.platform_secret),
            ("STRIPE_WEBHOOK_SECRET_ACCOUNTS", line.accounts_secret),
        )
        if not value
    ]
    return _said(
        134, "un secret de webhook manque", "a webhook secret is missing",
        f"Set {' and '.join(missing)}.",
    )  # fmt: skip


def unfit_for_patients(line: Line) -> Iterator[Error]:
    """What is right for a trial, and wrong for patients."""
    if not line.key:
        yield _said(
            135, "STRIPE_PLATFORM_KEY manque", "there is no STRIPE_PLATFORM_KEY",
            "Set the platform's live secret key.",
        )  # fmt: skip
    elif not line.key.startswith(LIVE):
        yield _said(
            136, "STRIPE_PLATFORM_KEY est une clé de test", "STRIPE_PLATFORM_KEY is a test key",
            "Set the platform's live secret key.",
        )  # fmt: skip
    if line.address != STRIPE and not line.live:
        yield _said(
            137, "les paiements vont à un bac à sable", f"payments go to {line.address}",
            "Unset STRIPE_API_BASE.",
        )  # fmt: skip
    if not line.live and not (line.platform_secret and line.accounts_secret):
        yield _without_secret(line)
    addresses = (line.address, *line.origins)
    if plain := [one for one in addresses if urlsplit(one).scheme != "https"]:
        yield _said(
            138, "une adresse n'est pas chiffrée", f"not https: {', '.join(plain)}",
            "Set STRIPE_API_BASE and ALLOWED_ORIGINS to https addresses.",
        )  # fmt: skip


def percentages(model: type[Model], columns: set[str]) -> list[str]:
    """What of a table of prices could make one a part of another; `columns` are the real ones."""
    fields = {one.name: one for one in model._meta.concrete_fields}
    numbers = {
        name for name, one in fields.items()
        if one.get_internal_type().endswith(("IntegerField", "DecimalField", "FloatField"))
    }  # fmt: skip
    known = {one.column for one in fields.values()}
    return sorted((numbers - NUMBERS) | (columns - known))


def moving(schedules: Iterable[Schedule]) -> list[str]:
    """Lines of the catalogue whose fee changes with the physician's amount."""
    return [
        f"{one.tier} {one.version}"
        for one in schedules
        if len({_fee(one, cents) for cents in ASKED_CENTS}) > 1
    ]


def _fee(one: Schedule, cents: int) -> tuple[int, int]:
    lines = money.lines(
        honoraires_cents=cents, platform_cents=one.platform_cents, billable=True,
        vat_bps=one.vat_bps,
    )  # fmt: skip
    return lines.platform_cents, lines.platform_vat_cents


def _line() -> Line:
    return Line(
        settings.STRIPE_PLATFORM_KEY, settings.STRIPE_API_BASE,
        settings.STRIPE_WEBHOOK_SECRET_PLATFORM, settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS,
        tuple(settings.ENV.allowed_origins),
    )  # fmt: skip


@register()
def line_to_stripe(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """The keys, secrets and address of Stripe do not contradict each other."""
    return list(contradictions(_line()))


@register(deploy=True)
def money_of_patients(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> list[CheckMessage]:
    """Payments are real, and nothing about them travels in clear."""
    return list(unfit_for_patients(_line()))


@register(deploy=True)
def flat_fees(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """No fee of the platform is a part of a physician's (L.4113-5 CSP): no column, no row."""
    if not settings.ENV.database_url:
        return []
    try:
        with connection.cursor() as cursor:
            table = connection.introspection.get_table_description(cursor, Schedule._meta.db_table)
        odd = percentages(Schedule, {column.name for column in table})
        odd += moving(Schedule.objects.all())
    except DatabaseError:
        return []  # whether the database answers is another check's question
    if not odd:
        return []
    return [
        _said(
            139, "un tarif de la plateforme dépend des honoraires",
            f"a fee of the platform depends on the honoraires: {', '.join(odd)}",
            "The platform's schedule is flat: publish amounts in cents only.",
        )
    ]  # fmt: skip
