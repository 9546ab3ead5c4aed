"""The command line: `teleconseil <command>`, the same as `python -m config <command>`."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Runs one of Django's or the house's commands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(["teleconseil", *sys.argv[1:]])


if __name__ == "__main__":
    main()
