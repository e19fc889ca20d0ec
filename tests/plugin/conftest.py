"""A project with one check of ours."""

import pytest

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
