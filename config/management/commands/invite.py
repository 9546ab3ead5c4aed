"""`teleconseil invite`: an account for a physician, a reviewer or an operator, and its link."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from audit.facts import SYSTEM
from broker.actions.faults import Moved
from broker.actions.inviting import INVITED, invite


class Command(BaseCommand):
    """Makes the first operator, and anybody else whom the operator's page could invite."""

    help = "Open an account, or give it a new link: one use, 72 hours, to a second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, of which kind, and where the site answers."""
        parser.add_argument("email", help="whom the link is for")
        parser.add_argument("--kind", choices=INVITED, required=True, help="what the account is")
        parser.add_argument("--council", default="", help="a reviewer's council: 75, 2A, national")
        parser.add_argument(
            "--site", default="http://localhost:8000", help="where the site answers"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the link alone: the rest goes to standard error."""
        validate_email(options["email"])
        if (options["kind"] == "reviewer") is not bool(options["council"]):
            raise CommandError("a reviewer has a council, and nobody else has one")
        try:
            invited = invite(
                email=options["email"],
                kind=options["kind"],
                council=options["council"],
                actor=SYSTEM,
                now=timezone.now(),
            )
        except Moved as moved:
            raise CommandError(moved.code) from None
        self.stderr.write(f"One use, until {invited.expires_at:%Y-%m-%d %H:%M} UTC:")
        link = reverse("broker:begin", args=[invited.token])
        self.stdout.write(options["site"].rstrip("/") + link)
