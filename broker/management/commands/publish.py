"""`teleconseil publish`: the shipped texts into the register, the first prices into the log."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from broker.actions.offering import list_first
from broker.actions.publishing import release_texts
from broker.queries import texts


class Command(BaseCommand):
    """Registers the shipped texts, approved under RELEASE_APPROVER where the rules allow it."""

    help = (
        "Registers the texts shipped with this version, as approved by RELEASE_APPROVER; without"
        " it they are only proposed. Records the first price list, once. Safe to repeat."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Registers what is new and says what became of it."""
        for line in list_first(now=timezone.now()):
            self.stdout.write(f"{line.tier} {line.version}: listed")
        done = release_texts(approver=settings.RELEASE_APPROVER, now=timezone.now())
        for text, outcome in done:
            why = text.refused_by or text.flags
            self.stdout.write(
                f"{text.key} {text.language} {text.version}: {outcome} {why}".rstrip()
            )
        for key, language in texts.unpublished(timezone.now()):
            self.stdout.write(f"{key} {language}: nothing approved to show")
