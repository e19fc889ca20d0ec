"""The contract in an author's own tests."""

import traceback

import pytest

from harness import BadInput, check_method
from harness.conform.authors import _Broken
from harness.conform.contract import RULES
from harness.conform.elsewhere import Elsewhere

pytest_plugins = ["pytester"]
METHOD = """
import random

from harness import declare

def steady(loaded, n, calibration, seed):
    return random.Random(seed).sample(range(loaded.depth), n)

@declare("nothing")
def declared(loaded, n, seed):
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


@pytest.fixture
def here(monkeypatch):
    """Asks no other process, which takes seconds: what only such a process shows is in `test_elsewhere.py`."""
    monkeypatch.setattr("harness.conform.examination.ask_elsewhere", lambda *_: Elsewhere())


def test_a_method_that_keeps_every_rule_passes_a_test_per_rule(run):
    """By the function itself; each rule has a name of its own."""
    run("steady").assert_outcomes(passed=len(RULES))


def test_a_declared_method_is_tested_as_its_function(run, here):
    """The decorator of `declare` gives a value, which is imported by the function's name."""
    run("declared").assert_outcomes(passed=len(RULES))


def test_a_rule_that_is_broken_on_purpose_is_an_expected_failure(run, here):
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


def test_a_broken_rule_is_one_sentence_without_a_traceback(run, here):
    """The frames of the harness say nothing to the author."""
    result = run("fickle")

    result.assert_outcomes(passed=len(RULES) - 1, failed=1)
    result.stdout.fnmatch_lines(["method authored:fickle: decided *"])
    result.stdout.no_fnmatch_line("*authors.py*")


def test_what_cannot_be_set_up_is_no_expected_failure(pytester):
    """A misspelt name breaks no rule, and passes for no broken one."""
    pytester.makepyfile(
        test_authored="""
import harness
from harness.conform.contract import RULES

@harness.check_method("block_influense", expected_failures=dict.fromkeys(RULES, "all of them"))
def test_the_contract(check):
    check()
"""
    )
    result = pytester.runpytest_inprocess("test_authored.py", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=len(RULES))
    result.stdout.fnmatch_lines(["--method block_influense: unknown, did you mean block_influence[?] use one of *"])


@pytest.mark.parametrize(("arguments", "sentence"), [
    ({"method": None}, "check_method was given None; expected a function, a registered name or"),
    ({"method": ""}, "check_method was given ''; expected a function, a registered name or"),
    ({"method": "reverse", "expected_failures": ["answers"]}, r"expected_failures is \['answers'\]; expected a rule"),
    ({"method": "reverse", "ratio": 7}, "ratio 7 is not between 0 and 1"),
])  # fmt: skip
def test_arguments_of_another_kind_are_refused_in_a_sentence(arguments, sentence):
    """At once, where the test is written."""
    with pytest.raises(BadInput, match=sentence):
        check_method(**arguments)


def test_a_broken_rule_is_named_shortly():
    """A summary of pytest's begins with the exception's name and has a line's width for all."""
    assert traceback.format_exception_only(_Broken("method x: decided twice")) == ["Broken: method x: decided twice\n"]
