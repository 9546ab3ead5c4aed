"""Facts on the platform itself, which the product establishes: settings, tables, books, rights.

What only the operator can state (where the data lie, an approval) comes from the environment;
left unsaid it stays unknown, and the rules know what that means.
"""

from dataclasses import fields
from datetime import datetime

from django.conf import settings

from audit.law.model import Fact, Value
from billing import queries as money
from broker.rules import Waiting
from consults import queries as people

# What a queue ordered by money would have to read.
OF_MONEY = ("tier", "price", "amount", "cents", "fee", "paid", "payment")


def platform_facts(now: datetime) -> dict[str, Fact]:
    """All that the rules on the platform ask, each with what shows it."""
    return {
        **_said(_built(), "operator", "schema"),
        **_said(_found(now), "system", "database"),
        **_said(_configured(), "operator", "configuration"),
    }


def _said(values: dict[str, Value | None], source: str, evidence: str) -> dict[str, Fact]:
    return {
        name: Fact(value, source, evidence) for name, value in values.items() if value is not None
    }


def _built() -> dict[str, Value | None]:
    """What holds by construction, read off the construction."""
    ranks_money = any(word in one.name for one in fields(Waiting) for word in OF_MONEY)
    basis = money.fee_basis()
    return {
        "platform_fee_basis": basis,
        "ranking_depends_on_payment": ranks_money,
        "commission_to_referrer_cents": money.paid_to_third_parties_cents(),
        "patient_rebate_cents": 0,  # a quote's two lines are what is charged; none is taken off
        "operator_bills_assurance_maladie": False,  # no claim to the health insurance exists
        # No text that sells sick leave can be published: `no-words-that-sell-sick-leave`.
        "offer_mentions_obtaining_sick_leave": False,
        "sick_leave_share_of_cases_bps": 0,  # no outcome and no document yields a sick note
    }


def _found(now: datetime) -> dict[str, Value | None]:
    """What the tables show at this moment."""
    collects = money.collects_for_physicians()
    return {
        "funds_flow": "platform_collects_then_pays_physician"
        if collects
        else "direct_to_physician",
        "operator_role_can_read_content": people.operators_take_part(),
        "physician_onboarding_completed": people.all_onboarded(now),
    }


def _configured() -> dict[str, Value | None]:
    """What the operator's configuration says."""
    env = settings.ENV
    return {
        "payment_modes_offered_count": len(settings.SETTLEMENTS),
        "host_hds_certified": True if env.hosting else None,
        "data_stored_in_eea": env.data_in_eea,
        "retention_years": env.retention_years,
        "active_years": env.active_years,
        "operator_has_agrement": bool(env.agrement),
        "operator_employs_physicians": env.employs_physicians,
    }
