"""Going live changes environment variables only, and `check` refuses every one that is wrong."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from billing.checks import (
    STRIPE,
    Line,
    contradictions,
    flat_fees,
    line_to_stripe,
    money_of_patients,
    moving,
    percentages,
    unfit_for_patients,
)
from billing.models import Honoraires, Schedule
from config import env

ROOT = Path(__file__).parents[2]
LIVE = Line("sk_live_1", STRIPE, "whsec_1", "whsec_2", ("https://conseil.example",))
TRIAL = Line("sk_test_1", "http://127.0.0.1:9", "whsec_1", "whsec_2")


def ids(found) -> list[int]:
    return [int(one.id.removeprefix("teleconseil.E")) for one in found]


def everything(line: Line):
    return [*contradictions(line), *unfit_for_patients(line)]


def test_a_right_line_is_not_refused_and_a_trial_only_where_patients_would_come():
    assert everything(LIVE) == []
    assert everything(LIVE._replace(key="rk_live_1")) == []
    assert list(contradictions(TRIAL)) == []
    assert ids(unfit_for_patients(TRIAL)) == [136, 137, 138]


@pytest.mark.parametrize(
    ("changes", "numbers"),
    [
        ({"address": "http://127.0.0.1:9"}, [130, 138]),
        ({"address": "https://stripe.example"}, [130]),
        ({"key": "pk_live_1"}, [131, 136]),
        ({"key": "whsec_live_1"}, [131, 136]),
        ({"key": "anything"}, [131, 136]),
        ({"accounts_secret": "whsec_1"}, [132]),
        ({"platform_secret": "sk_live_1"}, [133]),
        ({"platform_secret": ""}, [134]),
        ({"accounts_secret": ""}, [134]),
        ({"platform_secret": "", "accounts_secret": ""}, [134]),
        ({"key": ""}, [135]),
        ({"key": "sk_test_1"}, [136]),
        ({"key": "rk_test_1"}, [136]),
        ({"key": "rk_test_1", "accounts_secret": ""}, [136, 134]),
        ({"key": "sk_test_1", "address": "https://stripe.example"}, [136, 137]),
        ({"origins": ("http://conseil.example",)}, [138]),
    ],
)
def test_each_wrong_variable_is_refused_by_its_id(changes, numbers):
    assert ids(everything(LIVE._replace(**changes))) == numbers


def test_each_refusal_is_said_in_french_and_english_with_what_to_do():
    wrong = [
        Line("pk_live_1", "http://x", "a", "a"), Line("", STRIPE, "", ""),
        Line("sk_test_1", "http://x", "", ""),
    ]  # fmt: skip
    found = {one.id: one for line in wrong for one in everything(line)}
    assert len(found) == 9
    for one in found.values():
        french, english = one.msg.split(" / ", 1)
        assert french and english and french != english and one.hint
    missing = next(one for one in found.values() if one.id.endswith("134"))
    assert "PLATFORM" in missing.hint and "ACCOUNTS" in missing.hint


def test_the_checks_read_the_service_s_own_settings(settings):
    settings.STRIPE_PLATFORM_KEY, settings.STRIPE_API_BASE = "sk_live_1", STRIPE
    settings.STRIPE_WEBHOOK_SECRET_PLATFORM = settings.STRIPE_WEBHOOK_SECRET_ACCOUNTS = "whsec_1"
    assert ids(line_to_stripe(None)) == [132]
    settings.STRIPE_PLATFORM_KEY = ""
    assert 135 in ids(money_of_patients(None))


def started(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config", *command], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **changes},
    )  # fmt: skip


@pytest.mark.parametrize("program", ["web", "worker"])
def test_nothing_starts_with_a_live_key_and_a_sandbox_s_address(program):
    live = {"STRIPE_PLATFORM_KEY": "sk_live_1", "STRIPE_API_BASE": "http://127.0.0.1:9"}
    done = started(program, **live)
    assert done.returncode != 0
    assert "refused: a live STRIPE_PLATFORM_KEY with the sandbox's STRIPE_API_BASE" in done.stderr
    with pytest.raises(env.Nonsense):
        env.read(live | {"STRIPE_PLATFORM_KEY": "rk_live_1"})


def test_the_schedule_has_no_column_that_could_hold_a_percentage():
    columns = {one.column for one in Schedule._meta.concrete_fields}
    assert percentages(Schedule, columns) == []
    assert percentages(Schedule, columns | {"percent"}) == ["percent"]
    amounts = {one.column for one in Honoraires._meta.concrete_fields}
    assert "cents" in percentages(Honoraires, amounts)  # a number that nobody vouched for


def test_every_fee_of_the_catalogue_is_flat(database, settings, monkeypatch):
    assert Schedule.objects.exists()
    assert moving(Schedule.objects.all()) == []
    names = ("DATABASE_URL", "KEYS_DATABASE_URL", "SECRET_KEY")
    known = env.read({name: database.environment[name] for name in names})
    settings.ENV = known
    assert flat_fees(None) == []
    monkeypatch.setattr(
        "billing.checks._fee", lambda one, cents: (one.platform_cents * cents // 10_000, 0)
    )
    [found] = flat_fees(None)
    assert found.id == "teleconseil.E139" and "async-48h" in found.msg


def test_no_two_checks_share_an_id():
    files = [*ROOT.glob("*/checks.py"), *ROOT.glob("*/checks/*.py")]
    by_id: dict[str, set[str]] = {}
    for file in files:
        for one in re.findall(r'"teleconseil\.([EW]\d+)"', file.read_text()):
            by_id.setdefault(one, set()).add(file.parent.name)
    assert {one: apps for one, apps in by_id.items() if len(apps) > 1} == {}
