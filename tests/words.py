"""Every sentence of the product that goes through gettext, and where it stands."""

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.template.base import Lexer, TokenType

ROOT = Path(__file__).parents[1]
APPS = ("audit", "billing", "broker", "config", "consults")
INTERFACE = (
    "*/templates/**/*.txt", "config/templates/chrome/*.html", "broker/templates/broker/home.html",
    "broker/templates/broker/unpublished.html", "broker/templates/broker/sources.html",
    "broker/templates/broker/on_call.html", "config/templates/account/*.html",
    "broker/views/navigating.py",
)  # fmt: skip
GETTEXT = {"gettext", "gettext_lazy", "gettext_noop", "_"}
QUOTED = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
TRANSLATE = re.compile(rf"^(?:translate|trans)\s+{QUOTED}")
CALL = re.compile(rf"_\({QUOTED}\)")
VARIABLE = re.compile(r"\{\{\s*([\w.]+)(?:\|[^}]*)?\s*\}\}")


def sentences() -> dict[str, list[str]]:
    """Sentence -> the files that say it."""
    found: dict[str, list[str]] = {}
    for path in tracked():
        said = in_template(path.read_text()) if path.suffix in (".html", ".txt") else in_code(path)
        for sentence in said:
            found.setdefault(sentence, []).append(path.relative_to(ROOT).as_posix())
    return found


def tracked() -> list[Path]:
    """Python and template files of the packages."""
    patterns = [f"{app}/**.{suffix}" for app in APPS for suffix in ("py", "html", "txt")]
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [path for name in listed if (path := ROOT / name).exists()]


def in_template(text: str) -> Iterator[str]:
    """Sentences of a template: `translate`, `_("…")`, `blocktranslate`; Django doubles their %."""
    inside: list[str] | None = None
    for token in Lexer(text).tokenize():
        words = token.contents.split()
        if token.token_type == TokenType.BLOCK and words[0] in ("blocktranslate", "blocktrans"):
            inside, trimmed = [], "trimmed" in words
        elif inside is not None and token.token_type == TokenType.BLOCK:
            if words[0] == "plural" or words[0].startswith("end"):
                yield _whole(inside, trimmed)
                inside = [] if words[0] == "plural" else None
        elif inside is not None:
            is_text = token.token_type == TokenType.TEXT
            inside.append(
                token.contents.replace("%", "%%") if is_text else f"%({words[0].split('|')[0]})s"
            )
        elif token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for match in (*TRANSLATE.finditer(token.contents), *CALL.finditer(token.contents)):
                said = next(group for group in match.groups() if group is not None)
                yield said.replace("%", "%%")


def _whole(parts: list[str], trimmed: bool) -> str:
    text = "".join(parts)
    return " ".join(line.strip() for line in text.strip().splitlines()) if trimmed else text


def interface(english: Mapping[str, str] | None = None) -> str:
    """What mails, strangers' forms and the frame of every page say, as one text of the register.

    With `english`, the catalogue's sentences, in English; a sentence without one stays French.
    """
    said: dict[str, None] = {}
    for pattern in INTERFACE:
        for path in sorted(ROOT.glob(pattern)):
            found = in_code(path) if path.suffix == ".py" else in_template(path.read_text())
            said.update(dict.fromkeys(found))
    lines = [f"- {(english or {}).get(sentence) or sentence}" for sentence in sorted(said)]
    return "\n".join(["# Interface", "", *lines, ""])


def in_code(path: Path) -> Iterator[str]:
    """Sentences of a module: the constant arguments of gettext's functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        count = 2 if name in ("ngettext", "ngettext_lazy") else 1 if name in GETTEXT else 0
        for argument in node.args[:count]:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def typeset(sentence: str) -> str:
    """French as printers set it: no line may break before : ; ? ! » % € or after «."""
    plain = re.sub(r"(?<=\w)'(?=\w|%)", "’", sentence)
    plain = re.sub(r" (?=[:;?!»€](?:\W|$)|%%)", "\u00a0", plain)
    return plain.replace("« ", "«\u00a0")
