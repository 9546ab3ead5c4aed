"""Changed => recorded: triggers and grants over every table, made from the registries."""

from typing import Any

from audit.schemas import Registries


class Ungoverned(LookupError):
    """A table of the catalogue is in no registry, so nothing would notice its changes."""


def installed(*, cursor: Any, registries: Registries) -> None:
    """Install triggers and grants; see `audit.actions.install_governance`."""
