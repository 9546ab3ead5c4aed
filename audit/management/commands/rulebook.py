"""`teleconseil rulebook`: text → rules in force → code that asks → tests that prove."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.law import codes, evaluator, packs, reading
from audit.law.decisions import JUDGMENTS
from audit.law.model import SCOPES, Pack, Rule

ROOT = Path(__file__).parents[3]
PACKAGES = ("audit", "consults", "billing", "broker", "config")


class Command(BaseCommand):
    """Print the rulebook of a day, or one rule of it."""

    help = "Print legal texts, their rules in force, the code that asks and the tests that prove."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """A rule, a day, both optional."""
        parser.add_argument("rule", nargs="?", help="one rule in full, by id or by code")
        parser.add_argument("--at", help="only what is in force on that day (default: today)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, or say that there is no such rule."""
        pack = packs.load()
        try:
            at = reading.instant_of(options["at"], "--at") if options["at"] else datetime.now(UTC)
        except reading.Unreadable as error:
            raise CommandError(str(error), returncode=2) from None
        asking, proving = callers(), proofs()
        chosen = list(rules_named(options["rule"], pack) if options["rule"] else pack.rules)
        if not chosen:
            raise CommandError(f"rulebook: no rule or code {options['rule']}", returncode=2)
        day = at.astimezone(evaluator.PARIS).date()
        self.stdout.write(f"{pack.ref.id} {pack.ref.version} sha256 {pack.ref.sha256}, {day}")
        if not options["rule"]:
            self.stdout.write("\n".join(table_of_decisions()))
        text = ""
        for rule in sorted(chosen, key=lambda one: (one.text, one.id)):
            in_force = evaluator.in_force(rule, day) and evaluator.recorded(rule, None)
            if not in_force and not options["rule"]:
                continue
            if rule.text != text:
                text = rule.text
                self.stdout.write(f"\n{pack.texts[text]['title_fr']}")
            code = codes.code_of(rule.id)
            said = f"[{rule.scope}, {rule.outcome}, {code}]"
            self.stdout.write(f"  {rule.id}  {said}  {rule.article}")
            if options["rule"]:
                self.stdout.write("\n".join(f"    {line}" for line in in_full(rule, in_force)))
            self.stdout.write(f"    asked by: {', '.join(asking[rule.scope])}")
            self.stdout.write(f"    proven by: {', '.join(proving[rule.id]) or 'tests not here'}")


def table_of_decisions() -> Iterator[str]:
    """Which decision asks the rules of which scopes, who judges, and what carries the answer."""
    yield "\nDécision → portées → code qui juge → inscriptions"
    for one in JUDGMENTS:
        entries = ", ".join(one.entries) or "–"
        yield f"  {one.name}: {', '.join(one.scopes)} → {one.judged_by} → {entries}"


def rules_named(name: str, pack: Pack) -> Iterator[Rule]:
    """The rows of one id, or the rules behind one code."""
    ids = codes.CODES.get(name.upper(), (name,))
    return (rule for rule in pack.rules if rule.id in ids)


def in_full(rule: Rule, in_force: bool) -> Iterator[str]:
    """Everything that the data say of a rule."""
    yield f"in force: {'yes' if in_force else 'no'}"
    yield f"from {rule.effective_from or 'never'} until {rule.effective_until or 'further notice'}"
    yield f"recorded from {rule.recorded_from} until {rule.recorded_until or 'further notice'}"
    yield f"code: {codes.code_of(rule.id)}   status: {rule.legal_status}"
    yield f"when: {dict(rule.when)}"
    yield f"outcome: {rule.outcome}, unknown: {rule.on_unknown}"
    yield f"fr: {rule.reason_fr}"
    yield f"en: {rule.reason_en}"
    for source in rule.sources:
        yield f"source: {source.ref} [{source.certainty}]"
    if rule.note:
        yield f"note: {rule.note}"


def callers() -> dict[str, list[str]]:
    """Scope → the functions that judge by it, read from the source itself."""
    found: dict[str, list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "import judge" not in source or path.parts[-2] == "law":
                continue
            for scope, name in scopes_judged(ast.parse(source)):
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                found[scope].append(f"{module}.{name}")
    return found


def scopes_judged(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each scope that a function of a judging module names, itself or by a constant."""
    held = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or not _judges(function):
            continue
        named: dict[str, None] = {}
        for node in ast.walk(function):
            value = held.get(node.id, node) if isinstance(node, ast.Name) else node
            if isinstance(value, ast.Tuple | ast.Constant):
                parts = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                if parts and all(part in SCOPES for part in parts):
                    named.update(dict.fromkeys(str(part) for part in parts))
        yield from ((scope, function.name) for scope in named)


def _judges(function: ast.FunctionDef) -> bool:
    """Whether a function asks the evaluator itself."""
    calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(one.func, ast.Name) and one.func.id == "judge" for one in calls)


def proofs() -> dict[str, list[str]]:
    """Rule → the files of tests that name it; empty where the tests are not installed."""
    found: dict[str, list[str]] = defaultdict(list)
    ids = {rule.id for rule in packs.load().rules}
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".py", ".json") or not path.is_file():
            continue
        content = path.read_text(encoding="utf-8")
        for rule_id in ids:
            if f'"{rule_id}"' in content:
                found[rule_id].append(path.relative_to(ROOT).as_posix())
    return found
