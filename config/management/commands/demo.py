"""`teleconseil demo`: make the demonstration's people and print the page that leads to them."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from config.demo.links import links
from config.demo.making import make

KINDS = {
    "patient": "patiente",
    "physician": "médecin",
    "reviewer": "Ordre",
    "operator": "exploitation",
}


class Command(BaseCommand):
    """Makes who is missing, then prints one sign-in link a person."""

    help = "Makes the demonstration's people and prints their sign-in links; safe to repeat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the site answers."""
        parser.add_argument("--site", default="http://localhost:8000", help="the site's address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Makes and prints; refuses outside a demonstration."""
        if not settings.DEMO:
            raise CommandError("set DEMO=1, with test keys, on this machine only")
        make(timezone.now)
        console = Console(highlight=False, soft_wrap=True)
        site = options["site"]
        for link in links(site=site):
            console.print(f"  [bold]{link.name}[/bold], {link.says or KINDS[link.kind]}")
            console.print(f"    {link.link}")
        console.print(f"\n  {site}/demo/   patient et médecin côte à côte, six scènes")
        console.print("  Aucun paiement réel n’est effectué ; ces liens ne servent qu’ici.")
