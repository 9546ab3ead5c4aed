"""What the README promises is there: commands, paths, tables, rules, links and pictures."""

import re
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from audit.law.packs import load
from audit.law.sources import documents
from tests import tables
from tests.screen import train
from tests.words import ROOT

README = (ROOT / "README.md").read_text()
CODE = re.findall(r"`([^`\n]+)`", README)
DONE = [demand for document in documents() for demand in document.demands if demand.done]
PLACES = ("audit", "billing", "broker", "config", "consults", "tests", ".ci")


@pytest.mark.parametrize("name", tables.TABLES)
def test_a_table_says_what_its_data_say(name):
    assert tables.block(name, README) == tables.TABLES[name]()


def test_every_command_is_one():
    named = set(re.findall(r"teleconseil ([a-z_]+)(?= |`|$)", README, re.M))
    assert {"up", "story", "judge", "screen", "verify"} <= named
    assert named <= set(get_commands()), named - set(get_commands())


def test_every_command_of_ours_is_named():
    ours = {
        name for name, app in get_commands().items()
        if isinstance(app, str) and app.split(".")[0] in PLACES
    }  # fmt: skip
    assert {name for name in ours if f"teleconseil {name}" not in README} == set()


def test_every_make_target_is_one():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_path_exists():
    for name in CODE:
        path = name.split("::")[0].split(" ")[0]
        if path.split("/")[0] in PLACES and "/" in path:
            assert (ROOT / path).exists() or list(ROOT.glob(f"{path}*")), path


def test_every_link_and_picture_leads_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).is_file(), target


def test_every_rule_named_is_in_the_pack():
    ids = {rule.id for rule in load().rules}
    named = re.findall(r"\| `([a-z0-9]+(?:-[a-z0-9]+){2,})` \|", README)
    assert set(named) >= {demand.rule for demand in DONE}
    assert set(named) <= ids


def test_every_dependency_is_named_and_no_other():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.match(r"[\w-]+", one).group() for one in wanted}
    section = README.split("## Dependencies")[1].split("\n## ")[0]
    assert set(re.findall(r"`([\w-]+)`", section)) - {"embedded", "dev"} == names


@pytest.mark.parametrize("demand", DONE, ids=lambda demand: demand.rule)
def test_what_is_done_has_a_live_test_and_a_page(demand):
    path, _, name = demand.test.partition("::")
    source = (ROOT / path).read_text()
    found = re.search(rf"((?:^@.*\n)*)^def {name}\(", source, re.M)
    assert found and "skip" not in found.group(1), demand.test
    try:
        resolve(demand.screen)
    except Resolver404:
        pytest.fail(f"no page at {demand.screen}")


def test_the_profiles_are_those_of_the_pack():
    section = README.split("| profile |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, re.M)) == set(load().profiles)


def test_the_counts_in_the_text_are_true():
    data = ROOT / "tests" / "data"
    counts = {path.stem: len(path.read_text().splitlines()) for path in data.glob("messages-*")}
    assert f"Measured on {sum(counts[path.stem] for path in tables.HELD_OUT)} messages" in README
    learnt = sum(counts[Path(name).stem] for name in train.TRAINED_ON)
    assert f"{learnt:,} messages".replace(",", " ") in README
    for name in ("blind", "blind-2", "blind-3", "blind-4", "blind-5"):
        assert f"`messages-{name}.jsonl`, {counts[f'messages-{name}']} messages" in README
    assert Path(ROOT / "LICENSE").exists()
