"""One call of the API, resolved: whose universe, which object, which parameters."""

from dataclasses import dataclass
from typing import Any

from billing.sandbox.parameters import Unfit
from billing.sandbox.store import PLATFORM, Object, Store

CUT = "sandbox.cut"  # the mark of an account whose holder cut the platform's access


class Missing(Exception):
    """No such object in this universe."""


@dataclass(frozen=True)
class Call:
    """One request, resolved: whose universe, which object, which parameters."""

    store: Store
    universe: str
    identifier: str
    params: dict[str, Any]
    base: str

    def of(self, kind: str) -> Object:
        """The object that the path names, in this universe alone."""
        return self.known(kind, self.identifier)

    def known(self, kind: str, identifier: str) -> Object:
        """An object that a parameter names, in this universe alone."""
        found = self.store.load(self.universe, identifier, kind)
        if found is None:
            raise Missing(f"No such {kind}: '{identifier}'")
        return found


def known_account(store: Store, account: str) -> Object | None:
    """A connected account that the platform may still speak for."""
    if store.load(PLATFORM, f"{account}#cut", CUT):
        return None
    return store.load(PLATFORM, account, "account")


def may_take_cards(call: Call) -> None:
    """A connected account takes cards once its holder has answered what Stripe asks."""
    account = known_account(call.store, call.universe) if call.universe else None
    if account and not account["charges_enabled"]:
        raise Unfit("Your account cannot currently make charges.", None)
