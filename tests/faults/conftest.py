"""What the faults strike: the payment double and a question whose money can be walked."""

from tests.billing.conftest import sandbox, walk

__all__ = ["sandbox", "walk"]
