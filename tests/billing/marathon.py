"""The long run of the money machine: portions in several processes, each from a seed of its own.

`python -m tests.billing.marathon` plays until 200 000 steps of the sources as they are now are
counted; broken off, it goes on where it was. Each portion is a pytest of its own with its own
PostgreSQL and payment sandbox. What was played stands in `.hypothesis/marathon.jsonl`.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
PLAYED = ROOT / ".hypothesis" / "marathon.jsonl"
STEPS = 200_000
STORIES, LENGTH = 100, 60  # of a portion: some minutes of one processor
PORTION = "tests/billing/test_machine.py::test_a_portion_of_the_marathon"
SAY_EVERY_SECONDS = 30


@dataclass(frozen=True)
class Portion:
    """A finished portion."""

    sources: str
    seed: int
    steps: int
    seconds: int


def sources() -> str:
    """What is being tested: a hash of every file of the product and of the machine."""
    said = hashlib.sha256()
    for folder in ("audit", "billing", "broker", "config", "consults", "tests/billing"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".json", ".toml"):
                said.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return said.hexdigest()[:16]


def played(of: str) -> list[Portion]:
    """Portions of these very sources that were right."""
    if not PLAYED.exists():
        return []
    found = [Portion(**json.loads(line)) for line in PLAYED.read_text().splitlines()]
    return [one for one in found if one.sources == of]


class Running:
    """One portion under way in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.seed, self.began = random.getrandbits(32), time.monotonic()
        self.counted, self.said = folder / f"{self.seed}.steps", folder / f"{self.seed}.txt"
        named = {
            "MARATHON_SEED": str(self.seed), "MARATHON_STORIES": f"{STORIES}x{LENGTH}",
            "MARATHON_COUNT": str(self.counted),
        }  # fmt: skip
        self.program = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-m", "long", "-n", "0", PORTION],
            cwd=ROOT, env={**os.environ, **named}, stdout=self.said.open("w"),
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    @property
    def steps(self) -> int:
        """How many steps it has counted so far."""
        return int(self.counted.read_text() or 0) if self.counted.exists() else 0

    def ended(self, of: str) -> Portion | None:
        """Its result once it is over; raises SystemExit with its story when that went wrong."""
        if self.program.poll() is None:
            return None
        if self.program.returncode:
            kept = ROOT / ".hypothesis" / f"marathon-{self.seed}.txt"
            kept.write_text(self.said.read_text())
            told = [line[:200] for line in kept.read_text().splitlines() if line[:1] != "{"]
            sys.stderr.write("\n".join(told[:200]) + "\n")
            raise SystemExit(f"WRONG: portion {self.seed}; the whole of it is in {kept}")
        return Portion(of, self.seed, self.steps, round(time.monotonic() - self.began))


def main() -> None:
    """Play until the steps are counted, or something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 2)
    asked.add_argument("--fresh", action="store_true", help="count from nothing")
    given = asked.parse_args()
    of, began = sources(), time.monotonic()
    done = [] if given.fresh else played(of)
    with TemporaryDirectory() as folder:
        _run(of, done, given.steps, given.workers, Path(folder))
    total, minutes = sum(one.steps for one in done), round((time.monotonic() - began) / 60)
    sys.stdout.write(f"RIGHT: {total} steps in {len(done)} portions, {minutes} minutes now\n")


def _run(of: str, done: list[Portion], wanted: int, workers: int, folder: Path) -> None:
    running: list[Running] = []
    before, began, told = sum(one.steps for one in done), time.monotonic(), 0.0
    PLAYED.parent.mkdir(exist_ok=True)
    try:
        while (counted := sum(one.steps for one in done)) < wanted or running:
            while len(running) < workers and counted + len(running) * STORIES * LENGTH < wanted:
                running.append(Running(folder))
            for one in list(running):
                if ended := one.ended(of):
                    running.remove(one)
                    done.append(ended)
                    with PLAYED.open("a") as kept:
                        kept.write(json.dumps(asdict(ended)) + "\n")
            if time.monotonic() - told > SAY_EVERY_SECONDS:
                told = time.monotonic()
                _say(sum(one.steps for one in (*done, *running)), before, wanted, told - began)
            time.sleep(1)
    finally:
        for one in running:
            one.program.terminate()
            one.program.wait()


def _say(counted: int, before: int, wanted: int, seconds: float) -> None:
    pace = (counted - before) / max(seconds, 1)
    left = f", {(wanted - counted) / pace / 60:.0f} minutes left" if pace else ""
    sys.stdout.write(f"{counted} of {wanted} steps, {pace:.0f} a second{left}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
