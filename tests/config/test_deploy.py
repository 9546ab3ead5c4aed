"""The examples of deployment name programs, variables and limits that exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config import env

DEPLOY = Path(__file__).parents[2] / "config" / "deploy"
ROOT = DEPLOY.parents[1]


@pytest.mark.parametrize("program", ["web", "worker", "sequencer", "signer", "prepare", "publish"])
def test_every_program_of_the_examples_is_a_command(program):
    done = subprocess.run(
        [sys.executable, "-m", "config", program, "--help"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    assert program in compose["services"]


def test_every_variable_of_the_examples_is_read():
    text = "".join(path.read_text() for path in DEPLOY.iterdir())
    named = set(re.findall(r"\b([A-Z]+_(?:URL|DIR|HOSTS|KEY|FILE))\b", text))
    assert named
    assert named <= set(env.documented())


def test_the_bounds_in_front_are_those_behind():
    text = (DEPLOY / "nginx.conf").read_text()
    assert "client_max_body_size 1m;" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
