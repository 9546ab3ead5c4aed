"""What `teleconseil --help` prints: the house's own commands first, one line each."""

import django
from django.core.management import get_commands, load_command_class

OURS = ("audit", "consults", "billing", "broker", "config")
# Every command of the house is in one group; tests/config/test_commands.py keeps it so.
GROUPS = {
    "Begin": ("up", "demo", "story", "invite"),
    "Ask the law and the log": ("judge", "rulebook", "screen", "whatif", "export_log", "verify"),
    "Money": ("books", "reconcile", "sandbox"),
    "Texts and registers": ("publish", "approver", "import_register", "make_register"),
    "Run it": ("prepare", "database_roles", "web", "worker", "sequencer", "signer"),
}


def own_commands() -> dict[str, str]:
    """Command -> the app of the house that has it."""
    return {
        name: app
        for name, app in get_commands().items()
        if isinstance(app, str) and app.split(".")[0] in OURS
    }


def overview() -> str:
    """The commands of the house by group, then the names of Django's and the libraries'."""
    django.setup()
    own = own_commands()
    width = max(map(len, own)) + 2
    said = ["teleconseil COMMAND --help says what each command takes.", ""]
    for title, names in GROUPS.items():
        said += [title, *(f"  {name:{width}}{first_line(own[name], name)}" for name in names), ""]
    others = sorted(name for name in get_commands() if name not in own)
    return "\n".join([*said, "Of Django and its libraries", f"  {' '.join(others)}"])


def first_line(app: str, name: str) -> str:
    """What a command says of itself, up to its first full stop or semicolon."""
    said = str(load_command_class(app, name).help)
    ends = [at for at in (said.find(". "), said.find("; ")) if at > 0]
    return said[: min(ends)].rstrip(".") if ends else said.rstrip(".")
