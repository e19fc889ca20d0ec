import argparse

import pytest

from harness.__main__ import COMMANDS
from harness.options import SHARED, declare
from harness.plugin.options import _add_all

APART = {"--items", "--method", "--plan", "--ratio", "--report", "--task", "--tier"}
"""Known to several places, and another thing in each."""


def declared_by(place):
    """What each option of pytest or of a command takes: its type, its choices and how its value is called."""
    parser = argparse.ArgumentParser(add_help=False)
    if place == "pytest":
        _add_all(parser.add_argument)
    else:
        COMMANDS[place].add_arguments(parser)
    named = [action for action in parser._actions if action.option_strings]
    return {action.option_strings[0]: (action.type, action.choices, action.metavar) for action in named}


def shared():
    parser = argparse.ArgumentParser(add_help=False)
    declare(parser.add_argument, *SHARED)
    return {action.option_strings[0]: (action.type, action.choices, action.metavar) for action in parser._actions}


@pytest.mark.parametrize("place", ["pytest", *COMMANDS])
def test_an_option_of_one_name_takes_the_same_everywhere(place):
    """Only its default, its help and whether it is repeated may differ."""
    known = shared()
    found = {option: takes for option, takes in declared_by(place).items() if option in known}
    if place == "gpu-check":  # takes models by the paper's names
        del found["--model"]
    assert found == {option: known[option] for option in found}


def test_what_several_places_know_is_declared_once():
    """An option that a second place declares for itself belongs to `harness.options`."""
    own = [option for place in ("pytest", *COMMANDS) for option in declared_by(place) if option not in SHARED]
    assert {option for option in own if own.count(option) > 1} <= APART


def test_a_command_may_say_its_own_default():
    """The rest of a shared option stays."""
    parser = argparse.ArgumentParser()
    declare(parser.add_argument, "--limit", default=7)
    assert [parser.parse_args(given).limit for given in ([], ["--limit", "3"])] == [7, 3]
