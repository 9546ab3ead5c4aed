"""Connected accounts: open one, send its holder to Stripe's own pages, read what it may do."""

from dataclasses import dataclass
from typing import Any

from billing.gateway.client import line, options, translated


@dataclass(frozen=True)
class Account:
    """What a connected account may do."""

    id: str
    charges_enabled: bool
    details_submitted: bool
    payouts_enabled: bool = False
    requirements: tuple[str, ...] = ()
    disabled_reason: str = ""


def create_account(*, key: str, name: str = "") -> Account:
    """Open a connected account; the physician completes it on Stripe's own pages."""
    with translated():
        made = line().v1.accounts.create(
            {"type": "standard", "country": "FR", "business_profile": {"name": name}},
            options("", key),
        )
    return _account(made)


def retrieve_account(*, account: str) -> Account:
    """What a connected account may do now."""
    with translated():
        return _account(line().v1.accounts.retrieve(account))


def onboarding_url(*, account: str, return_url: str) -> str:
    """A link to the hosted onboarding of a connected account; it works once."""
    with translated():
        link = line().v1.account_links.create(
            {
                "account": account,
                "return_url": return_url,
                "refresh_url": return_url,
                "type": "account_onboarding",
            }
        )
    return link.url


def _account(found: Any) -> Account:
    asked = getattr(found, "requirements", None)
    due = {
        *(getattr(asked, "currently_due", None) or ()),
        *(getattr(asked, "past_due", None) or ()),
    }
    return Account(
        found.id, bool(found.charges_enabled), bool(found.details_submitted),
        bool(getattr(found, "payouts_enabled", False)), tuple(sorted(due)),
        getattr(asked, "disabled_reason", None) or "",
    )  # fmt: skip
