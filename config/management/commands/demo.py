"""`teleconseil demo`: the demonstration's people, first questions, and where to meet them."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from broker.story.cast import Cast, Lane
from broker.story.evidence import roster
from broker.story.run import run
from config.demo import making
from config.demo.links import links
from config.demo.questions import ASKED_BY, FIRST
from consults.models import Question


class Command(BaseCommand):
    """Makes what is missing, leaves the rest alone, and prints one short page."""

    help = "Make the demonstration's people and twelve first questions, and print where to go."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the site answers, and whether only people are wanted."""
        parser.add_argument(
            "--site", default="http://localhost:8000", help="where the site answers"
        )
        parser.add_argument("--people-only", action="store_true", help="no questions")

    def handle(self, *args: Any, **options: Any) -> None:
        """People through everyone's acts; questions through everyone's doors."""
        if not settings.DEMO:
            raise CommandError("this is not a demonstration: DEMO is off")
        self.console = Console(highlight=False, soft_wrap=True)
        making.make(timezone.now)
        if options["people_only"]:
            return
        failed = self.first_questions(options["site"])
        self.page(options["site"])
        if failed:
            sys.exit(1)

    def first_questions(self, site: str) -> int:
        """Play those of the twelve that are not there yet; how many could not be."""
        roster(Lane(Cast(site)))
        there = Question.objects.count()
        if there >= len(FIRST):
            return 0
        left = FIRST[there:]
        with Progress(console=self.console, transient=True) as bar:
            task = bar.add_task("First questions", total=len(left))

            def progress(number: int, step: str) -> None:
                bar.update(task, advance=step == "done")

            played = run(Cast(site), left, progress, patients=ASKED_BY)
        failed = [one for one in played if one.failed]
        for one in failed:
            self.console.print(f"  question {one.number}: {one.failed}", markup=False)
        done = len(played) - len(failed)
        self.console.print(f"  [green]✓[/green] First questions ({done} of {len(left)})")
        return len(failed)

    def page(self, site: str) -> None:
        """One sign-in link a person, the scenes, and what to try."""
        say = self.console.print
        say("\n[bold]Démonstration[/bold] : aucun paiement réel, aucun patient réel.\n")
        for link in links(site=site):
            say(f"  [bold]{link.name}[/bold], {link.says}")
            say(f"    {link.link}", markup=False)
        say(f"\n  Deux faces et sept scènes : {site}/demo/")
        say("  À essayer : posez une question à la Dre Marchand, répondez-y dans l’autre onglet,")
        say("  puis ouvrez la page de l’Ordre et vérifiez les entrées.")
