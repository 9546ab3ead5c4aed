"""The README's tables that come from data; `python tests/tables.py` writes them into it."""

import json
import re
import sys
from dataclasses import MISSING, fields
from pathlib import Path

from audit.law.decisions import JUDGMENTS
from audit.law.model import SCOPES
from audit.law.packs import load
from audit.law.sources import documents
from config.env import Environment
from consults.screen import LABELS, screen
from consults.screen.measure import Share, measured

ROOT = Path(__file__).parents[1]
# Nothing in the screen was fitted to these: neither its words nor its model nor its thresholds.
HELD_OUT = [ROOT / "tests" / "data" / f"messages-{name}.jsonl" for name in ("held-out", "blind-5")]
SCENE = "[scene {0}](http://localhost:8000/demo/#scene-{0})"


def sources() -> str:
    """Each document with its demands, rule, screen, test, try-it link and status."""
    lines = []
    for document in documents():
        lines += [f"**{document.title_en}** ({document.dated:%B %Y})", ""]
        lines += ["| demand | rule | screen | test | try it | status |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        for one in document.demands:
            tried = SCENE.format(one.scene) if one.scene else ""
            status = "done" if one.done else "later"
            lines.append(
                f"| {one.en} | `{one.rule}` | `{one.screen}` | `{one.test}` | {tried} | {status} |"
            )
        lines.append("")
    return "\n".join(lines).rstrip()


def figures() -> str:
    """What the screen heard in the messages that were set aside."""
    rows = [json.loads(line) for path in HELD_OUT for line in path.read_text().splitlines()]
    found = measured([(row["label"], screen(row["text"]).label) for row in rows])
    lines = ["| label | recall | precision |", "| --- | --- | --- |"]
    for label in LABELS:
        lines.append(
            f"| `{label}` | {said(found.recall[label])} | {said(found.precision[label])} |"
        )
    lines.append(f"| a danger raised an alarm, of either kind | {said(found.danger_heard)} | |")
    lines.append(f"| ordinary questions wrongly stopped | {said(found.wrongly_stopped)} | |")
    return "\n".join(lines)


def said(share: Share) -> str:
    """A share with its counts and its bounds."""
    low, high = share.bounds
    return f"{share.hits} of {share.tries} [{low:.0%} to {high:.0%}]"


def configuration() -> str:
    """Every variable of the environment, with its default."""
    lines = ["| variable | what it is | default |", "| --- | --- | --- |"]
    for one in fields(Environment):
        default = "" if one.default in (MISSING, None, "", ()) else plain(one.default)
        lines.append(f"| `{one.name.upper()}` | {one.metadata['says']} | {default} |")
    return "\n".join(lines)


def plain(value: object) -> str:
    """A default as one would write it."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"`{value}`"


def judgments() -> str:
    """Each kind of decision: the scopes it asks, who judges, and the entries that carry it."""
    lines = ["| decision | when | scopes | judged by | recorded as |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for one in JUDGMENTS:
        scopes = ", ".join(f"`{scope}`" for scope in one.scopes)
        entries = ", ".join(f"`{name}`" for name in one.entries) or "–"
        cells = (one.name, one.when_en, scopes, f"`{one.judged_by}`", entries)
        lines.append(f"| {' | '.join(cells)} |")
    known = [rule for rule in load().rules if rule.recorded_until is None]
    counts = (f"`{scope}` {sum(rule.scope == scope for rule in known)}" for scope in SCOPES)
    return "\n".join([*lines, "", f"Rules of each scope: {', '.join(counts)}."])


TABLES = {
    "judgments": judgments,
    "sources": sources,
    "screen": figures,
    "configuration": configuration,
}


def block(name: str, readme: str) -> str:
    """What stands in the README between the marks of a table."""
    found = re.search(rf"<!-- {name}: [^>]*-->\n(.*?)\n?<!-- /{name} -->", readme, re.S)
    assert found, f"no marks of {name}"
    return found.group(1)


def main() -> None:
    """Write every table in its place."""
    path = ROOT / "README.md"
    readme = path.read_text()
    for name, table in TABLES.items():
        marks = rf"(<!-- {name}: [^>]*-->\n).*?(<!-- /{name} -->)"
        made = table()
        readme = re.sub(marks, lambda m, made=made: f"{m[1]}{made}\n{m[2]}", readme, flags=re.S)
    path.write_text(readme)
    sys.stdout.write("README.md\n")


if __name__ == "__main__":
    main()
