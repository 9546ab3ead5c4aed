"""`teleconseil make_register`: a synthetic national register. Needs no database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consults.register.synthetic import OLDER, Form, lines


class Command(BaseCommand):
    """Writes a file in the form of the public extraction, with nobody real in it."""

    help = "Write a synthetic national register; the same seed and size give the same file."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How many lines, where, and in which of the forms seen."""
        parser.add_argument("file", metavar="FILE", help="where it is written")
        parser.add_argument("--lines", type=int, required=True, metavar="N", help="how many")
        parser.add_argument("--seed", type=int, default=0, help="another seed, other people")
        parser.add_argument(
            "--columns", type=int, choices=(OLDER, 56), default=56, help="the form of which year"
        )
        parser.add_argument("--no-trailing", action="store_true", help="no delimiter at the end")
        parser.add_argument(
            "--encoding", choices=("utf-8", "cp1252"), default="utf-8", help="its characters"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        form = Form(options["columns"], not options["no_trailing"], options["encoding"])
        try:
            with Path(options["file"]).open("wb", buffering=1 << 20) as file:
                file.writelines(lines(options["lines"], seed=options["seed"], form=form))
        except OSError as error:
            raise CommandError(f"make_register: {options['file']}: {error.strerror}") from None
