"""`teleconseil verify DIR --key FILE`: the same as `python audit/verifier.py DIR --key FILE`."""

import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit import verifier


class Command(BaseCommand):
    """Verify an export."""

    help = "Verify an export of the log; see --help of audit/verifier.py for every option."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Hand everything to the verifier."""
        parser.add_argument("rest", nargs=REMAINDER, help="what the verifier itself is told")

    def run_from_argv(self, argv: list[str]) -> None:
        """Verify with the verifier's own command line."""
        sys.exit(verifier.main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify when called from Python; raises `SystemExit` with the verifier's status."""
        sys.exit(verifier.main([str(part) for part in options["rest"]]))
