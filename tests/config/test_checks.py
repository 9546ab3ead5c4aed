"""`check --deploy`: clean for a real service, and a refusal for everything that is none."""

import ast
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction

from audit.actions import record
from audit.facts import SYSTEM
from config import env
from config.checks import refusals

ROOT = Path(__file__).parents[2]
NOWHERE = {
    "DATABASE_URL": "postgresql://db.example/teleconseil",
    "KEYS_DATABASE_URL": "postgresql://keys.example/keys",
    "DATABASE_SEQUENCER_URL": "postgresql://db.example/teleconseil",
    "REDIS_URL": "rediss://cache.example/0",
    "STATE_DIR": "/var/lib/teleconseil/state",
    "LOG_DIR": "/var/lib/teleconseil/log",
}


def deployed(environment, **changes: str) -> dict[str, str]:
    """The environment of a service for real patients, with changes."""
    kept = ("DATABASE_URL", "KEYS_DATABASE_URL", "DATABASE_SEQUENCER_URL", "REDIS_URL")
    given = {name: environment[name] for name in kept}
    return given | {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "k5$" + "abcdefghijklmnopqrstuvwxyz0123456789" * 2,
        "ALLOWED_HOSTS": "conseil.example",
        "ALLOWED_ORIGINS": "https://conseil.example",
        "BEHIND_PROXY": "yes",
        "PROFILE": "strict",
        "MASTER_KEY": "ab" * 32,
        "STATE_DIR": environment["STATE_DIR"],
        "LOG_DIR": environment["LOG_DIR"],
        "STRIPE_PLATFORM_KEY": "sk_live_1234",
        "STRIPE_WEBHOOK_SECRET_PLATFORM": "whsec_1",
        "STRIPE_WEBHOOK_SECRET_ACCOUNTS": "whsec_2",
        "EMAIL_HOST": "smtp.conseil.example",
        "MEDIATOR": "Médiateur d'essai, 1 rue de l'Essai, 75001 Paris",
        "ISSUER_NAME": "Conseil d'essai",
        "ISSUER_LEGAL": "SAS au capital de 1 000 €, RCS Paris 000 000 000",
        "ISSUER_SIREN": "000000000",
        "ISSUER_VAT": "FR12000000000",
        "ISSUER_STREET": "1 rue de l'Essai",
        "ISSUER_POSTCODE": "75001",
        "ISSUER_CITY": "Paris",
        "HOSTING": "Hébergeur d'essai, certificat 1",
        "DATA_IN_EEA": "yes",
        **changes,
    }


def check(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config", "check", "--deploy"],
        cwd=ROOT, env=environ, capture_output=True, text=True,
    )  # fmt: skip


def test_a_public_text_that_nobody_approved_is_named(database, settings):
    settings.RELEASE_APPROVER = ""
    call_command("publish")
    done = check(deployed(database.environment))
    assert done.returncode == 1
    assert "nobody approved these public texts: accueil (en), accueil (fr)" in done.stderr


def test_a_real_service_passes_and_a_leftover_demonstration_account_does_not(database):
    call_command("publish")
    done = check(deployed(database.environment))
    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    ), done.stderr
    with transaction.atomic():
        account = get_user_model()(email="anne@demo.localhost", kind="patient")
        record(
            type="account.opened", subject=account.subject, scope="national", actor=SYSTEM,
            now=datetime.now(UTC),
        )  # fmt: skip
        account.save()
    done = check(deployed(database.environment))
    assert done.returncode == 1
    assert "1 demonstration accounts are left" in done.stderr


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"DEMO": "1", "BEHIND_PROXY": "", "STRIPE_PLATFORM_KEY": "sk_test_1"},
            "DEMO is on",
        ),
        ({"DEBUG": "1"}, "DEBUG is on"),
        ({"PROFILE": ""}, "no PROFILE is chosen"),
        ({"MASTER_KEY": ""}, "there is no master key"),
        ({"REDIS_URL": ""}, "embedded services"),
        ({"LOG_DIR": ""}, "no place"),
        ({"ALLOWED_HOSTS": ""}, "no host name"),
        ({"ALLOWED_ORIGINS": "http://conseil.example"}, "not all https"),
        ({"BEHIND_PROXY": ""}, "speaks TLS"),
        ({"EMAIL_HOST": ""}, "mails would only"),
        ({"MEDIATOR": ""}, "no consumer mediator"),
        ({"ISSUER_VAT": ""}, "would not say who issues them"),
        ({"ISSUER_CITY": ""}, "would not say who issues them"),
    ],
)
def test_what_is_no_real_service_is_refused(changes, said):
    real = deployed(NOWHERE)
    assert [what for wrong, what, _ in refusals(env.read(real)).values() if wrong] == []
    found = [what for wrong, what, _ in refusals(env.read(real | changes)).values() if wrong]
    assert any(what.startswith(said) or said in what for what in found)


REGISTERED = """
import django; django.setup()
from django.core.checks.registry import registry
for one in registry.get_checks(True): print(f"{one.__module__}.{one.__name__}")
"""


def written() -> set[str]:
    """Every check that a module of the house says it registers."""
    return {
        f"{file.parent.name}.checks.{node.name}"
        for file in ROOT.glob("*/checks.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and "register" in map(_name, node.decorator_list)
    }


def _name(decorator: ast.expr) -> str:
    return ast.unparse(decorator).partition("(")[0]


def test_every_check_of_the_house_is_asked_by_a_program_that_imports_none():
    """In a process of its own: here some test has imported each, and so registered it."""
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", REGISTERED], cwd=ROOT, env=environ, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert len(written()) > 8
    assert written() - {*done.stdout.split()} == set()


def test_the_command_itself_refuses_what_is_wrong_before_real_money_moves(database):
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE billing_schedule ADD COLUMN share_bps integer DEFAULT 1000")
    wrong = {
        "STRIPE_PLATFORM_KEY": "sk_test_1", "STRIPE_API_BASE": "http://127.0.0.1:9",
        "STRIPE_WEBHOOK_SECRET_ACCOUNTS": "",
    }  # fmt: skip
    done = check(deployed(database.environment, **wrong))
    assert done.returncode == 1
    said = set(re.findall(r"teleconseil\.E(13\d)", done.stderr))
    assert said == {"134", "136", "137", "138", "139"}, done.stderr
    assert "depends on the honoraires: share_bps" in done.stderr


def test_a_live_key_never_meets_a_sandbox(database):
    done = check(deployed(database.environment, STRIPE_API_BASE="http://127.0.0.1:9"))
    assert done.returncode == 1
    assert "refused: a live STRIPE_PLATFORM_KEY" in done.stderr


@pytest.mark.parametrize("program", [["web"], ["worker"], ["prepare"]])
def test_no_program_starts_for_the_public_before_a_profile_is_chosen(database, program):
    done = subprocess.run(
        [sys.executable, "-m", "config", *program],
        cwd=ROOT, env=deployed(database.environment, PROFILE=""),
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    assert "no PROFILE is chosen" in done.stderr
