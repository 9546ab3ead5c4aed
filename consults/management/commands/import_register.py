"""`teleconseil import_register`: the public extraction becomes the national register here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from audit.facts import SYSTEM, Json
from consults.actions.register import Adopted, Change, adopt_register, compare_known
from consults.register.layout import RegisterRefused
from consults.register.loading import load_file, prune, turn


class Command(BaseCommand):
    """Loads a file beside the register in use, then makes it the register in one short act."""

    help = (
        "Load the public extraction of the national register. The register in use stays until the"
        " new one is whole; a file that is refused changes nothing, and the exit status is 1."
    )

    # Checks would import every page of the site, which this command never shows.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, where bad lines go, and the one refusal that may be overridden."""
        parser.add_argument("file", metavar="FILE", help="the extraction, as published")
        parser.add_argument(
            "--rejected", metavar="PATH", help="bad lines with their numbers; else FILE.rejected"
        )
        parser.add_argument(
            "--fewer-allowed",
            action="store_true",
            help="believe a file with 30 %% fewer lines than the last one",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, adopt, prune; then say what changed."""
        path = Path(options["file"])
        rejected = Path(options["rejected"] or f"{path}.rejected")
        try:
            with turn():
                adopted = self._imported(path, rejected, options["fewer_allowed"])
                changes = self._compared(adopted)
                with transaction.atomic(durable=True):
                    prune(keep={one.id for one in (adopted.current, adopted.previous) if one})
        except RegisterRefused as refused:
            raise CommandError(f"import_register: {refused}; nothing was changed") from None
        except OSError as error:
            why = f"REGISTER_UNREADABLE: {error}"
            raise CommandError(f"import_register: {why}; nothing was changed") from None
        self._tell(adopted, changes, rejected)

    def _imported(self, path: Path, rejected: Path, fewer_allowed: bool) -> Adopted:
        with progress(path) as told, transaction.atomic(durable=True):
            load = load_file(
                path,
                rejected=rejected,
                told=told,
                now=timezone.now(),
                fewer_allowed=fewer_allowed,
            )
        # The clock is read again for each act: an entry bears the moment of the change.
        with transaction.atomic(durable=True):
            return adopt_register(load_id=load.id, actor=SYSTEM, now=timezone.now())

    def _compared(self, adopted: Adopted) -> list[Change]:
        changes, after, more = list[Change](), "", True
        while more:
            with transaction.atomic(durable=True):
                found, after = compare_known(
                    load=adopted.current, after=after, actor=SYSTEM, now=timezone.now()
                )
            changes += found
            more = bool(after)
        return changes

    def _tell(self, adopted: Adopted, changes: list[Change], rejected: Path) -> None:
        load = adopted.current
        where = f", written to {rejected}" if load.rejected else ""
        print(f"{load.file}: {load.lines} lines read ({load.encoding})")
        print(f"  {load.rows} activities of physicians kept, {load.rejected} bad lines{where}")
        before = f"; load {adopted.previous.id} is kept" if adopted.previous else ""
        print(f"load {load.id} is the register now{before}")
        print(f"{len(changes)} changes for the physicians we know")
        for change in changes:
            rpps, before, after = change.physician.rpps, said(change.before), said(change.after)
            print(f"  {rpps}  {change.field}: {before} -> {after}")


def said(value: Json) -> str:
    """A value of the register in a few words."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not known" if value is None else str(value)


@contextmanager
def progress(path: Path) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        task = bar.add_task(path.name, total=path.stat().st_size if path.is_file() else None)
        yield lambda read: bar.advance(task, read)
