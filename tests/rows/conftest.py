"""What the rows stand on: the payment double and a question whose money can be walked."""

from tests.billing.conftest import sandbox, walk

__all__ = ["sandbox", "walk"]
