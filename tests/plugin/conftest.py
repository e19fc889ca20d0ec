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
def apart(session, pytester):
    """The same in a process of its own, since a model is loaded there."""
    return lambda *options: pytester.runpytest_subprocess("-p", "no:cacheprovider", "--store", "s", *options)
