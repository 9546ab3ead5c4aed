"""Run as a program: `python -m tests.faults.dying CALL POINT [WHOSE [HOURS]]`; see `death.py`."""

import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    import_module("tests.faults.death").main(*sys.argv[1:])
