"""A project with one check of ours."""

import sys

import pytest

from tests.plugin import projects

CHECK = "def test_claim(subject, method, ratio): raise AssertionError('it ran')\n"


@pytest.fixture
def session(pytester, monkeypatch):
    """A project with one check of ours; no model is loaded before its body runs."""
    monkeypatch.setenv("PY_COLORS", "0")
    pytester.makepyfile(CHECK)
    return lambda *options: pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


@pytest.fixture
def loading(session, tiny):
    """The same where a model is loaded: in this process, where all that this imports is there before."""
    return lambda *options: session("--store", "s", *options)


@pytest.fixture
def apart(session, pytester):
    """The same in a process of its own, which can be ended."""
    return lambda *options: pytester.runpytest_subprocess("-p", "no:cacheprovider", "--store", "s", *options)


@pytest.fixture
def project(pytester, monkeypatch, tiny):
    """An outside project with one check on 60 items; what loading a model imports is there before."""
    monkeypatch.setenv("PY_COLORS", "0")

    def run(interval, *options, trains=False, method="reverse", alone=False):
        marker = "import pytest\npytestmark = pytest.mark.trains(1)\n" if trains else ""
        pytester.makepyfile(marker + projects.CHECK.format(interval=interval, method=method))
        start = pytester.runpytest_subprocess if alone else pytester.runpytest_inprocess
        arguments = ("--limit", "60", "--store", "s", "-p", "no:cacheprovider", "-ra", *options)
        monkeypatch.setattr(sys, "argv", ["pytest", *arguments])
        return start(*arguments)

    return run
