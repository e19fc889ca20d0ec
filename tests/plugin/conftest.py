"""A project with one check of ours."""

import sys

import pytest

from harness.execute import sandbox
from harness.score.scorer import Scorer
from harness.tasks import judged as judging
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

    def run(interval, *options, trains=False, method="reverse"):
        marker = "import pytest\npytestmark = pytest.mark.trains(1)\n" if trains else ""
        pytester.makepyfile(marker + projects.CHECK.format(interval=interval, method=method))
        arguments = ("--limit", "60", "--store", "s", "-p", "no:cacheprovider", "-ra", *options)
        monkeypatch.setattr(sys, "argv", ["pytest", *arguments])
        return pytester.runpytest_inprocess(*arguments)

    return run


@pytest.fixture
def counts(monkeypatch):
    """How much was asked of a model, judged, and run."""
    found = dict.fromkeys(("answered", "judged", "programs"), 0)

    def counting(where, name, what, number):
        original = getattr(where, name)

        def counted(*arguments):
            found[what] += number(*arguments)
            return original(*arguments)

        monkeypatch.setattr(where, name, counted)

    counting(Scorer, "run", "answered", lambda _scorer, job, *_: len(job.indices))
    counting(judging, "judged", "judged", lambda _task, items, _answers: len(items))
    counting(sandbox, "_run_all", "programs", len)
    monkeypatch.setattr(judging, "_opened", judging.Kept)  # what is kept is read from the disk each time
    return found
