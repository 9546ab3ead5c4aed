"""The command line: `teleconseil <command>`, the same as `python -m config <command>`."""

import logging
import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError, ProgrammingError

from audit.law.checks import PackError
from config.commands import overview
from config.engines.holding import hold_missing
from config.engines.places import CHECKOUT, Unavailable
from config.env import Nonsense, dotenv
from config.supervisor.launch import sandbox_beside
from config.supervisor.tree import die_with_parent
from config.trouble import trouble

# Commands that read no database, or that start the services themselves.
WITHOUT_ENGINES = frozenset(
    {
        "check", "collectstatic", "compilemessages", "database_roles", "help", "judge",
        "make_register", "makemessages", "rulebook", "sandbox", "screen", "story", "up", "verify",
        "version", "--help", "-h", "--version",
    }
)  # fmt: skip

HELP = (["help"], ["--help"], ["-h"])
# Programs that run until they are told to stop.
PROGRAMS = frozenset({"sandbox", "sequencer", "signer", "web", "worker"})
MAKERS = frozenset({"migrate", "prepare"})  # of the tables themselves


def main() -> None:
    """Runs one of Django's or the house's commands, with the embedded services if need be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    die_with_parent(os.environ)
    arguments = sys.argv[1:]
    hold = None
    try:
        for name, value in dotenv(CHECKOUT / ".env").items():
            os.environ.setdefault(name, value)
        if needs_engines(arguments):
            if arguments[0] not in PROGRAMS:  # one connection will do, which says why it fails
                os.environ["DATABASE_POOL"] = "0"
            hold, given = hold_missing(os.environ)
            os.environ.update(given)
            os.environ.update(sandbox_beside(os.environ) if hold else {})
        if not arguments or arguments in HELP:
            sys.stdout.write(overview() + "\n")
            return
        execute_from_command_line(["teleconseil", *arguments])
    except (Nonsense, PackError, Unavailable) as error:
        sys.exit(f"teleconseil: {error}")
    except (OperationalError, ProgrammingError) as error:
        why = "" if keeps_trace(arguments) else trouble(error=error)
        if not why:
            raise
        sys.exit(f"teleconseil: {why}")
    finally:
        if hold:
            hold.release()
    if arguments and arguments[0] in PROGRAMS:
        leave()


def keeps_trace(arguments: list[str]) -> bool:
    """Whether a failure is shown whole: by a program, by what makes the tables, or when asked."""
    return arguments[0] in PROGRAMS | MAKERS or "--traceback" in arguments


def leave() -> None:
    """Ends a program that has done its work, at once.

    Taking a large interpreter apart costs half a second of a processor: five programs that stop
    together on a busy machine would miss their time for nothing.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def needs_engines(arguments: list[str]) -> bool:
    """Whether this command line reads the database."""
    command = arguments[0] if arguments else "help"
    return command not in WITHOUT_ENGINES and not {"--help", "-h"} & set(arguments)


if __name__ == "__main__":
    main()
