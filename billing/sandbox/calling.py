"""One call of the API, resolved: whose universe, which object, which body."""

from dataclasses import dataclass

from billing.sandbox.store import Object, Store


class Missing(Exception):
    """No such object in this universe."""


@dataclass(frozen=True)
class Call:
    """One request, resolved: whose universe, which object, which body."""

    store: Store
    universe: str
    identifier: str
    body: str
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
