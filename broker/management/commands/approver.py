"""`teleconseil approver EMAIL`: which operator may approve public texts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit.models import Account
from broker.access import appoint_approver, dismiss_approver


class Command(BaseCommand):
    """Gives an operator the right to approve public texts, or takes it back; it is recorded."""

    help = "Gives an operator the right to approve public texts; --withdraw takes it back."

    def add_arguments(self, parser: CommandParser) -> None:
        """The operator's address."""
        parser.add_argument("email", help="the address of the operator's account")
        parser.add_argument("--withdraw", action="store_true", help="take the right back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Changes the right; the database writes the entry."""
        account = Account.objects.filter(email=options["email"].lower(), kind="operator").first()
        if account is None:
            raise CommandError(f"no operator signs in as {options['email']}")
        with transaction.atomic(durable=True):
            (dismiss_approver if options["withdraw"] else appoint_approver)(account)
