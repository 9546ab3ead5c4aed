"""How many decisions a second `teleconseil judge --jsonl` prints, its start counted apart.

Run by hand: `python tests/bench/judge_lines.py [LINES]`. The aim is 2 000 a second.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

CASES = Path(__file__).parents[1] / "law" / "cases"


def lines(count: int) -> str:
    """Every dated case of the law's own tests, over and over."""
    cases = [
        case for path in sorted(CASES.glob("*.json")) for case in json.loads(path.read_text())
    ]
    rows = [json.dumps({"at": case["at"], "facts": case["facts"]}) for case in cases]
    return "\n".join((rows * (count // len(rows) + 1))[:count]) + "\n"


def seconds(count: int) -> float:
    """How long one run over that many lines takes, from start to exit."""
    command = [sys.executable, "-m", "config", "judge", "--jsonl"]
    began = time.perf_counter()
    subprocess.run(command, input=lines(count), capture_output=True, text=True, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Measure a short and a long run; the difference is the judging alone."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    start = seconds(1)
    whole = seconds(count)
    rate, alone = count / whole, count / (whole - start)
    sys.stdout.write(f"start {start:.2f} s; {count} decisions in {whole:.2f} s: ")
    sys.stdout.write(f"{rate:.0f} a second, {alone:.0f} without the start\n")


if __name__ == "__main__":
    main()
