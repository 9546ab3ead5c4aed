"""Who may read the record: every question about rights over entries is asked here."""

from guardian.shortcuts import get_objects_for_user

__all__ = ["get_objects_for_user"]
