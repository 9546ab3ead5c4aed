"""The environment's reader refuses what cannot be meant, and every variable is documented."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).parents[2]
DATABASE = {
    "DATABASE_URL": "postgresql://app:pw@db.example/teleconseil",
    "KEYS_DATABASE_URL": "postgresql://app:pw@keys.example/keys",
    "SECRET_KEY": "s" * 60,
}


def test_an_empty_environment_means_the_defaults():
    read = env.read({"DEBUG": "", "REDIS_URL": "  "})
    assert (read.debug, read.demo, read.profile, read.redis_url) == (False, False, "", "")
    assert not read.sandbox


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("PROFILE", "lenient"),
        ("DATABASE_URL", "mysql://db/teleconseil"),
        ("DATABASE_URL", "postgresql://db.example/"),
        ("REDIS_URL", "localhost"),
        ("STRIPE_API_BASE", "stripe"),
        ("MASTER_KEY", "too short"),
        ("MASTER_KEY", "zz" * 32),
        ("MASTER_KEY_FILE", "/nowhere/at/all"),
        ("EMAIL_PORT", "-1"),
        ("DATABASE_POOL", "many"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(name, value):
    with pytest.raises(env.Nonsense, match=f"^{name}: "):
        env.read({name: value})


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        (
            {"STRIPE_PLATFORM_KEY": "sk_live_1", "STRIPE_API_BASE": "http://127.0.0.1:9"},
            "live STRIPE_PLATFORM_KEY with the sandbox",
        ),
        ({"STRIPE_PLATFORM_KEY": "rk_live_1", "DEMO": "1"}, "DEMO with a live"),
        ({"STRIPE_API_BASE": "https://pay.example", "DEMO": "1"}, "outside this machine"),
        ({"BEHIND_PROXY": "yes", "DEMO": "1"}, "DEMO with BEHIND_PROXY"),
        ({**DATABASE, "SECRET_KEY": ""}, "without SECRET_KEY"),
        ({**DATABASE, "KEYS_DATABASE_URL": ""}, "without KEYS_DATABASE_URL"),
    ],
)
def test_contradictions_are_refused(environ, said):
    with pytest.raises(env.Nonsense, match=said):
        env.read(environ)


def test_the_program_does_not_start_on_a_contradiction():
    done = subprocess.run(
        [sys.executable, "-m", "config", "check"],
        cwd=ROOT, capture_output=True, text=True,
        env={"STRIPE_PLATFORM_KEY": "sk_live_1", "STRIPE_API_BASE": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "teleconseil: refused: a live STRIPE_PLATFORM_KEY with the sandbox's STRIPE_API_BASE"
    ]


def test_the_master_key_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text("ab" * 32 + "\n")
    read = env.read({"MASTER_KEY_FILE": str(tmp_path / "key")})
    assert read.master_key == bytes.fromhex("ab" * 32)


def test_the_example_names_every_variable_with_its_meaning():
    example = (ROOT / ".env.example").read_text()
    named = re.findall(r"^# (.*)\n# ([A-Z_]+)=", example, flags=re.M)
    assert {name: says for says, name in named} == env.documented()


def test_a_file_of_variables_is_read_strictly(tmp_path):
    path = tmp_path / ".env"
    path.write_text('# words\n\nDEBUG=yes\nEMAIL_FROM="a@b.example"\n')
    assert env.dotenv(path) == {"DEBUG": "yes", "EMAIL_FROM": "a@b.example"}
    path.write_text("DEBUG\n")
    with pytest.raises(env.Nonsense, match=":1: expected NAME=value"):
        env.dotenv(path)
