"""The contract in an author's own tests."""

import pytest

from harness import BadInput, check_method
from harness.conform.contract import RULES

pytest_plugins = ["pytester"]
METHOD = """
import random

def steady(loaded, n, calibration, seed):
    return random.Random(seed).sample(range(loaded.depth), n)

def fickle(loaded, n, calibration, seed):
    return random.sample(range(loaded.depth), n)
"""
TEST = """
import harness
import authored

@harness.check_method(authored.{name}{more})
def test_the_contract(check):
    check()
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs an author's test of a method, in a folder of its own."""
    monkeypatch.syspath_prepend(pytester.path)

    def outcome(name, more=""):
        pytester.makepyfile(authored=METHOD, test_authored=TEST.format(name=name, more=more))
        return pytester.runpytest_inprocess("test_authored.py", "-p", "no:cacheprovider", "-rx")

    return outcome


def test_a_method_that_keeps_every_rule_passes_a_test_per_rule(run):
    """By the function itself; each rule has a name of its own."""
    run("steady").assert_outcomes(passed=len(RULES))


def test_a_rule_that_is_broken_on_purpose_is_an_expected_failure(run):
    """With its reason; all others are still judged."""
    result = run("fickle", ', expected_failures={"is deterministic": "draws anew each time"}')

    result.assert_outcomes(passed=len(RULES) - 1, xfailed=1)
    result.stdout.fnmatch_lines(["*is deterministic* - draws anew each time"])


def test_an_expected_failure_that_does_not_come_is_a_failure(run):
    """So that the list of excuses stays true."""
    run("steady", ', expected_failures={"is deterministic": "we thought so"}').assert_outcomes(
        passed=len(RULES) - 1, failed=1
    )


def test_an_unknown_rule_is_refused_by_name():
    """A misspelt excuse would excuse nothing."""
    with pytest.raises(BadInput, match="expected_failures names 'determinism'; the rules are answers, "):
        check_method("reverse", expected_failures={"determinism": "x"})


def test_a_function_that_nobody_can_import_is_refused():
    """The method is imported again by its name where it is watched."""

    def local(loaded, n, calibration, seed):
        return range(n)

    with pytest.raises(BadInput, match=r"cannot be imported as .*local; define it at the top of a module"):
        check_method(local)
