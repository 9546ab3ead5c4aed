"""What the public pages fill in: settings, the flat fees in force, the computed statement."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext

from billing.models import Schedule
from billing.queries.cover import statement
from broker.templatetags.plain import euros


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
    """The platform's flat fees in force, in one sentence."""
    newest = {
        row.tier: row
        for row in Schedule.objects.filter(effective_from__lte=at).order_by("version")
    }
    usual, own = newest.get("async-48h"), newest.get("own-physician")
    if usual is None:
        return ""
    said = gettext("%(amount)s par question, TVA comprise.") % {
        "amount": euros(usual.platform_cents)
    }
    if own is not None and own.platform_cents != usual.platform_cents:
        said += " " + gettext("%(amount)s quand la question va à votre médecin traitant.") % {
            "amount": euros(own.platform_cents)
        }
    return said
