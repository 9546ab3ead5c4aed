"""The house rules: small functions, closed vocabulary, one-way imports, no stray names."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APPS = ("audit", "billing", "broker", "config", "consults")
TOP_LEVEL = {
    *APPS, "tests", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile",
}  # fmt: skip
MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 300
# Places that may be longer, each with its reason; this list may only shrink.
LONG_FILES: dict[str, str] = {
    "audit/verifier.py": "one file by design: a reviewer reads and runs it alone",
}
LONG_FUNCTIONS: dict[str, str] = {}
FORBIDDEN_NAMES = re.compile(
    r"(^(get|process|handle)_)|manager|service|utils|helpers|common", re.I
)
# Names that a framework calls or that the state of the world imposes.
FRAMEWORK_NAMES = {
    "get_queryset", "get_context_data", "get_user", "get_object", "get_form_kwargs",
    "get_full_name", "get_short_name", "get_by_natural_key", "process_request",
    "process_response", "process_view", "get_login_redirect_url", "get_success_url",
    "handle_starttag", "handle_endtag", "handle_data",
    "get_response", "UserManager", "BaseUserManager", "AccountManager",
}  # fmt: skip


def tracked(*patterns: str) -> list[Path]:
    """Files of the project that git knows or would add, by pattern."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return [ROOT / name for name in listed if (ROOT / name).exists()]


def sources() -> list[Path]:
    """Python sources of the packages, migrations aside."""
    return [
        path
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] in APPS and "migrations" not in path.parts
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_top_level_stays_as_given():
    shown = {p.relative_to(ROOT).parts[0] for p in tracked() if p.relative_to(ROOT).parts}
    assert {name for name in shown if not name.startswith(".")} <= TOP_LEVEL


def test_every_module_says_what_it_is_for():
    silent = [
        name_of(path)
        for path in [*sources(), *tracked("tests/**.py")]
        if path.name != "__init__.py" or path.parent.name in APPS
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_files_stay_short():
    long = {
        name_of(path): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > MAX_FILE_LINES
    }
    assert set(long) - set(LONG_FILES) == set()
    assert {name for name in LONG_FILES if (ROOT / name).exists()} >= set(long)


def test_functions_stay_short():
    long = {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES
    }
    assert set(long) - set(LONG_FUNCTIONS) == set()


def test_actions_take_only_keywords():
    loose = []
    for path in sources():
        parts = path.relative_to(ROOT).parts
        if "actions" not in parts and path.name != "actions.py":
            continue
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if node.args.args or node.args.posonlyargs or node.args.kwarg:
                loose.append(f"{name_of(path)}:{node.name}")
    assert loose == []


def test_names_say_what_a_thing_is():
    vague = [
        f"{name_of(path)}:{node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and FORBIDDEN_NAMES.search(node.name)
        and node.name not in FRAMEWORK_NAMES
    ]
    assert vague == []


def test_no_clock_is_read_below_the_doors():
    """Actions, queries and everything under them are handed the moment; see STYLE of the house."""
    doors = (
        "views", "consumers", "api", "admin", "worker", "story", "management", "sandbox", "checks",
    )  # fmt: skip
    readers = []
    for path in sources():
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] == "config" or any(part in doors for part in parts):
            continue
        if parts[-1] in ("sequencer", "signer", "publisher") or "signer" in parts:
            continue  # programs of the log: each is its own process with its own clock
        if re.search(r"timezone\.now\(|datetime\.now\(|time\.time\(", path.read_text()):
            readers.append(name_of(path))
    assert readers == []


def test_imports_follow_the_house():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_verifier_uses_the_standard_library_alone():
    tree = ast.parse((ROOT / "audit" / "verifier.py").read_text())
    names = [alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names]
    names += [n.module or "." for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("command", [["check", "-q", "."], ["format", "--check", "-q", "."]])
def test_ruff_finds_nothing(command):
    done = subprocess.run(
        [Path(sys.executable).parent / "ruff", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_long_tests_find_all_that_they_ask_for():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "long", "--setup-plan"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
