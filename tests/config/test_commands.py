"""The command line says what it can do: ours first, each with its line, each option with its."""

import pytest
from django.core.management import BaseCommand, load_command_class

from config.commands import GROUPS, first_line, overview, own_commands

USUAL = {action.dest for action in BaseCommand().create_parser("x", "y")._actions}


def test_every_command_of_the_house_is_in_one_group_and_no_other_is():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(own_commands()) and len(grouped) == len({*grouped})


def test_the_overview_begins_with_ours_one_line_each_and_names_the_rest_last():
    said = overview()
    for app, name in ((app, name) for name, app in own_commands().items()):
        line = first_line(app, name)
        assert line and f"{name} " in said and line in said
    assert max(map(len, said.split("Of Django")[0].splitlines())) <= 120
    assert said.index("  up ") < said.index("migrate")


@pytest.mark.parametrize("name", sorted(own_commands()))
def test_every_option_says_what_it_is_for(name):
    command = load_command_class(own_commands()[name], name)
    parser = command.create_parser("teleconseil", name)
    assert command.help
    assert [one.dest for one in parser._actions if one.dest not in USUAL and not one.help] == []
