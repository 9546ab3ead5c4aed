"""How long the import of the national register takes, beside a bare COPY of the same file.

Run by hand: `python tests/bench/register.py [LINES]`. It starts a database of its own, with
fsync, copies the file as it is into a table of text columns, imports a tenth of it, then the whole
of it, and prints the ratio and the peak memory of both imports, which must be the same.
The aims for 2.2 million lines: 60 s, 2.5 times the COPY, memory flat.
"""

import os
import shutil
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import psycopg

from config.engines.holding import Hold, own_files
from config.engines.places import Home, furnish

BLOCK = 1 << 20


def teleconseil(*arguments: str) -> tuple[float, float]:
    """Run one command; return how long it took and the most memory it held, in MiB."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "config", *arguments]
    child = os.posix_spawn(sys.executable, command, os.environ)
    _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{arguments[0]} failed")
    return time.perf_counter() - began, used.ru_maxrss / 1024


def bare_copy(url: str, file: Path) -> float:
    """Every column as text, in one transaction, with nothing read or checked."""
    with file.open("rb") as lines:
        width = lines.readline().count(b"|") + 1
    columns = ", ".join(f"c{n} text" for n in range(width))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE bench_register ({columns})")
        began = time.perf_counter()
        with connection.cursor() as cursor, file.open("rb") as lines:
            how = "(FORMAT text, DELIMITER '|', HEADER)"
            with cursor.copy(f"COPY bench_register FROM STDIN {how}") as copy:
                while block := lines.read(BLOCK):
                    copy.write(block)
        took = time.perf_counter() - began
        connection.execute("DROP TABLE bench_register")
    return took


def said(what: str, seconds: float, rest: str = "") -> None:
    sys.stdout.write(f"{what:<36}{seconds:>8.1f} s   {rest}\n")
    sys.stdout.flush()


def measured(url: str, root: Path, lines: int) -> None:
    whole, tenth = root / "register.txt", root / "tenth.txt"
    took, held = teleconseil("make_register", "--lines", str(lines), str(whole))
    said(f"write {lines:,} lines", took, f"{held:.0f} MiB")
    with whole.open("rb") as file, tenth.open("wb") as part:
        part.writelines(islice(file, lines // 10 + 1))
    said("bare COPY", copied := bare_copy(url, whole), f"{whole.stat().st_size / 1e6:,.0f} MB")
    for what, file in (
        ("import of a tenth", tenth),
        ("import", whole),
        ("import again, a load to replace", whole),
    ):
        took, held = teleconseil("import_register", str(file))
        said(what, took, f"{held:.0f} MiB, {took / copied:.2f} times the bare COPY")


def main() -> None:
    """Start a database, measure, leave nothing behind."""
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 2_200_000
    root = Path(tempfile.mkdtemp(prefix="teleconseil-bench-"))
    root.chmod(0o755)
    home = Home(root)
    furnish(home)
    try:
        with Hold(home, wants=("postgres", "valkey")) as hold:
            os.environ.update(own_files(home) | hold.environment())
            os.environ["STATE_DIR"] = str(root / "state")
            teleconseil("prepare")
            measured(hold.url("owner", "teleconseil"), root, lines)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
