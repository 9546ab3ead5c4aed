"""What the public pages fill in: settings, the flat fees in force, the computed statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from billing.models import Schedule
from billing.money import TIERS
from billing.money.tiers import EXPRESS, LIVE, SWITCHED
from billing.queries.cover import statement
from billing.queries.quotes import in_catalogue
from broker.rules import DEFAULT_TIER
from broker.templatetags.plain import euros

# The lines of the platform's price list, as they are judged and shown.
LABELS: Mapping[str, str] = {
    DEFAULT_TIER: gettext_noop("Question écrite, réponse sous 48 h"),
    "own-physician": gettext_noop("Question à votre médecin traitant, réponse sous 48 h"),
    "follow-up": gettext_noop("Suite d’un échange réglé"),
    EXPRESS: gettext_noop("Question écrite, réponse sous 15 minutes"),
    LIVE: gettext_noop("Échange en direct, par minute entière"),
}


@dataclass(frozen=True)
class Line:
    """A tier in the operator's catalogue; `row` is its line while it is offered."""

    tier: str
    label: str
    switched: bool  # priced by speed or minutes: off unless somebody decides otherwise
    usual_cents: int
    row: Schedule | None

    @property
    def amount(self) -> str:
        """Its price, or the one it would usually have, as one types it."""
        cents = self.row.platform_cents if self.row else self.usual_cents
        return number_format(Decimal(cents) / 100, 2)


def catalogue(at: datetime) -> list[Line]:
    """Every tier there is, offered or not, with the line that is in force."""
    known = {**TIERS, **SWITCHED}
    return [
        Line(tier, gettext(LABELS[tier]), tier in SWITCHED, one.platform_cents, _own(tier, at))
        for tier, one in known.items()
    ]


def _own(tier: str, at: datetime) -> Schedule | None:
    line = in_catalogue(tier, at)
    return line if line is not None and line.tier == tier else None


def blanks(at: datetime) -> dict[str, str]:
    """Every blank of a public text with its value at that moment, in the reader's language."""
    said = statement(at)
    return {
        "publisher": settings.PUBLISHER
        or gettext(
            "Cette installation n’a pas encore d’éditeur déclaré : elle ne doit recevoir ni"
            " patient ni paiement réels."
        ),
        "mediator": settings.MEDIATOR
        or gettext("Cette installation n’a pas encore déclaré de médiateur de la consommation."),
        "fees": fees(at),
        "statement": f"{said.label}. {said.reason}",
        "statement_source": f"({said.article})" if said.article else "",
    }


def fees(at: datetime) -> str:
    """The platform's flat fees in force, a sentence each; what is off is not mentioned."""
    lines = {tier: in_catalogue(tier, at) for tier in (*TIERS, *SWITCHED)}
    cents = {tier: line.platform_cents for tier, line in lines.items() if line is not None}
    usual = cents.get(DEFAULT_TIER)
    own = cents.get("own-physician", usual)
    return " ".join(
        gettext(said) % {"amount": euros(amount)}
        for said, amount in (
            (gettext_noop("%(amount)s par question, TVA comprise."), usual),
            (
                gettext_noop("%(amount)s quand la question va à votre médecin traitant."),
                None if own == usual else own,
            ),
            (
                gettext_noop(
                    "%(amount)s pour une réponse demandée sous 15 minutes, seulement quand un"
                    " médecin est là ; les honoraires restent les mêmes."
                ),
                cents.get(EXPRESS),
            ),
            (
                gettext_noop(
                    "%(amount)s par minute entière d’échange en direct, jusqu’au plafond que vous"
                    " fixez ; les honoraires restent les mêmes."
                ),
                cents.get(LIVE),
            ),
        )
        if amount is not None
    )
