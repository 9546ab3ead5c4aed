"""`teleconseil judge`: what the law of a day says of given facts. Needs no database."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.law import evaluator, packs, reading
from audit.law.model import PUBLISHED_SCOPES, Decision, Pack


class Command(BaseCommand):
    """Judge one object of facts, or one a line."""

    help = "Judge facts by the dated rules and print the decision as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The day, the profile, the scopes and where the facts are."""
        parser.add_argument("facts", nargs="?", default="-", help="a JSON file, or - (default)")
        parser.add_argument("--at", help="date or moment of the act, such as 2026-02-01")
        parser.add_argument(
            "--profile",
            default="cnom2016",
            choices=sorted(packs.PROFILES),
            help="how the law is read",
        )
        parser.add_argument(
            "--scope", default=",".join(PUBLISHED_SCOPES), help="which rules are asked, by commas"
        )
        parser.add_argument(
            "--jsonl", action="store_true", help='one {"at", "facts", "profile"?} a line'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, judge, print; what cannot be read is named."""
        pack = packs.load()
        try:
            scopes = reading.scopes_from(options["scope"])
            if options["jsonl"]:
                judged_lines(lines_of(options["facts"]), scopes, options, pack)
                return
            if not options["at"]:
                raise reading.Unreadable("--at: the date of the act is wanted")
            typed = json.loads("".join(lines_of(options["facts"])))
            facts = reading.facts_from(typed, pack)
            decision = evaluator.judge(
                facts=facts, scopes=scopes, at=reading.instant_of(options["at"], "--at"),
                profile=options["profile"], pack=pack,
            )  # fmt: skip
        except (reading.Unreadable, ValueError, RecursionError) as error:
            raise CommandError(f"judge: {error}", returncode=2) from None
        for name in reading.unknown_names(facts, pack):
            self.stderr.write(f"judge: no rule knows the fact {name}")
        sys.stdout.write(json.dumps(shown(decision), ensure_ascii=False, indent=1) + "\n")


def lines_of(name: str) -> Iterable[str]:
    """The lines of a file, or of standard input for `-`."""
    if name == "-":
        return sys.stdin
    try:
        return Path(name).read_text(encoding="utf-8").splitlines(keepends=True)
    except OSError as error:
        raise reading.Unreadable(f"{name}: {error.strerror}") from None


def judged_lines(
    lines: Iterable[str], scopes: tuple[str, ...], options: dict[str, Any], pack: Pack
) -> None:
    """Print one decision a line, or `{"error": …}` in the place of a line that is unreadable."""
    wrong = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            answer = shown(judged_line(line, scopes, options, pack))
        except (reading.Unreadable, ValueError, RecursionError) as error:
            wrong += 1
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    if wrong:
        raise CommandError(f"judge: {wrong} line(s) could not be read", returncode=2)


def judged_line(
    line: str, scopes: tuple[str, ...], options: dict[str, Any], pack: Pack
) -> Decision:
    """The decision on one line of `--jsonl`."""
    typed = json.loads(line)
    if not isinstance(typed, dict) or not {"facts"} <= set(typed) <= {"at", "facts", "profile"}:
        raise reading.Unreadable('a line is {"at", "facts", "profile"?}')
    profile = typed.get("profile") or options["profile"]
    if profile not in pack.profiles:
        raise reading.Unreadable(f"profile: none of {', '.join(sorted(pack.profiles))}")
    return evaluator.judge(
        facts=reading.facts_from(typed["facts"], pack),
        scopes=scopes,
        at=reading.instant_of(typed.get("at") or options["at"]),
        profile=profile,
        pack=pack,
    )


def shown(decision: Decision) -> dict[str, Any]:
    """The part of a decision that the command prints."""
    return {
        "outcome": decision.outcome,
        "flags": decision.flags,
        "fired": [{"rule": one.rule, "outcome": one.outcome} for one in decision.fired],
        "silent": decision.silent,
        "pack": decision.pack.as_json(),
    }
