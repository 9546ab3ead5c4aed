"""Where the embedded services live: one private data folder per checkout.

As root the servers run as an unprivileged user (PostgreSQL refuses root).
"""

import hashlib
import json
import os
import pwd
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
# A socket's address holds 107 bytes; PostgreSQL's own name takes about 20 of them.
LONGEST_SOCKET_FOLDER = 85
ROLES = ("postgres", "owner", "app", "sequencer", "reader", "keys_owner")


class Unavailable(Exception):
    """The embedded services cannot run here; the text is one line that says what to do."""


@dataclass(frozen=True)
class Runner:
    """The system user that the servers run as."""

    uid: int
    gid: int

    @property
    def switches(self) -> bool:
        """Whether the servers run as somebody else than this process."""
        return self.uid != os.geteuid()


def runner() -> Runner:
    """This user; for root, `nobody`."""
    if os.geteuid() != 0:
        return Runner(os.geteuid(), os.getegid())
    found = pwd.getpwnam("nobody")
    return Runner(found.pw_uid, found.pw_gid)


@dataclass(frozen=True)
class Home:
    """The data folder of one checkout and the places inside it."""

    root: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's own data."""
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's working folder; it keeps nothing there."""
        return self.root / "valkey"

    @property
    def state(self) -> Path:
        """Private files: passwords, keys, the signer's state."""
        return self.root / "state"

    @property
    def public(self) -> Path:
        """The public files of the log."""
        return self.root / "log"

    @property
    def reports(self) -> Path:
        """What the processes write about themselves."""
        return self.root / "reports"

    @property
    def sockets(self) -> Path:
        """The private folder of the sockets, elsewhere when the path would be too long."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path("/tmp") / f"teleconseil-{os.geteuid()}-{name}"

    @property
    def keeper(self) -> Path:
        """The keeper's socket."""
        return self.sockets / "keeper"

    @property
    def postgres_pid(self) -> Path:
        """Where PostgreSQL says its process id, and how far it has come."""
        return self.postgres / "postmaster.pid"

    @property
    def valkey_pid(self) -> Path:
        """Where Valkey says its process id."""
        return self.valkey / "pid"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / "valkey"

    def passwords(self) -> dict[str, str]:
        """The generated passwords of the database's roles."""
        held: dict[str, str] = json.loads((self.state / "passwords.json").read_text())
        return held


def home_of(environ: Mapping[str, str]) -> Home:
    """TELECONSEIL_HOME, or a folder named after the checkout in the user's data folder."""
    if given := environ.get("TELECONSEIL_HOME"):
        return Home(Path(given).expanduser().absolute())
    digest = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:8]
    if os.geteuid() == 0:
        shared = Path("/var/lib")
    else:
        shared = Path(environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser())
    return Home(shared / "teleconseil" / f"{CHECKOUT.name}-{digest}")


def furnish(home: Home) -> None:
    """Makes the folders, the passwords and the secrets that are missing; safe to repeat."""
    home.root.mkdir(parents=True, exist_ok=True)
    who = runner()
    _refuse_closed_parents(home, who)
    for folder in (home.state, home.public, home.reports):
        folder.mkdir(mode=0o700, exist_ok=True)
    for folder in (home.valkey, home.sockets):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), who.uid):
            raise Unavailable(f"{folder} belongs to somebody else: remove it and start again")
        if who.switches:
            os.chown(folder, who.uid, who.gid)
    kept(home.state / "passwords.json", json.dumps({role: _word() for role in ROLES}))
    kept(home.state / "secret_key", secrets.token_urlsafe(50))
    kept(home.state / "master_key", secrets.token_hex(32))


def enterable(path: Path, who: Runner) -> bool:
    """Whether the runner may enter every folder down to this one."""
    return all(_may_enter(folder.stat(), who) for folder in (path, *path.parents))


def _may_enter(found: os.stat_result, who: Runner) -> bool:
    if found.st_uid == who.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    return bool(found.st_mode & stat.S_IXOTH)


def _refuse_closed_parents(home: Home, who: Runner) -> None:
    if who.switches and not enterable(home.root, who):
        raise Unavailable(
            f"as root the database runs as the user nobody, who may not enter {home.root}: "
            "choose another folder with TELECONSEIL_HOME"
        )


def _word() -> str:
    return secrets.token_urlsafe(32)


def kept(path: Path, value: str) -> str:
    """The secret of this file; the first value given is written once, whole or not at all."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        with fresh.open("w") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()
