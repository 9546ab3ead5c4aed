"""Rows use the sandbox, two people with their browsers, and one question's money step by step."""

from tests.billing.conftest import sandbox, walk
from tests.walks.conftest import own_threads, patient, physician, warm

__all__ = ["own_threads", "patient", "physician", "sandbox", "walk", "warm"]
