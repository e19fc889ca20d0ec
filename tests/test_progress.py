"""Bars where there is no terminal."""

import contextlib
import re

import pytest

from harness import progress


@pytest.fixture
def log(monkeypatch):
    """A log, without waiting a minute."""
    monkeypatch.setattr(progress, "LOGGED_EVERY", 0)
    return progress.Log()


def test_a_log_gets_a_line_a_step_with_an_estimate(log, capsys):
    """Each state of a bar is a line of its own, with the time left, and closing it leaves nothing blank."""
    with progress.bar(4, "without 3 answers", log) as bar:
        bar.update(1)
        bar.update(3)
    written = capsys.readouterr().err
    lines = written.splitlines()

    assert "\r" not in written
    assert "" not in lines
    assert re.search(r"without 3 answers: +25%.* 1/4 \[00:\d\d<00:\d\d", lines[-2])
    assert "4/4" in lines[-1]


def test_a_bar_begins_with_its_place(log, capsys, monkeypatch):
    """Which check it is of, where a run says so; nowhere else."""
    monkeypatch.setattr(progress, "_place", [""])
    for place in ("2 of 15 brackets_break: ", ""):
        progress.at(place)
        with progress.bar(1, "tiny answers", log) as bar:
            bar.update(1)
        assert capsys.readouterr().err.splitlines()[-1].startswith(f"{place}tiny answers: 100%")


def test_what_is_over_within_a_minute_is_not_logged(capsys):
    """A log is not filled with the bars of fast checks."""
    with progress.bar(4, "fast", progress.Log()) as bar:
        bar.update(4)

    assert not capsys.readouterr().err


def test_a_log_writes_past_the_capture(monkeypatch, capsys):
    """What pytest captures is let go while a line is written."""
    monkeypatch.setattr(progress, "LOGGED_EVERY", 0)
    opened = []

    @contextlib.contextmanager
    def uncaptured():
        opened.append(True)
        yield

    with progress.bar(2, "slow", progress.Log(uncaptured)) as bar:
        bar.update(2)

    assert len(opened) == len(capsys.readouterr().err.splitlines()) > 0


def test_without_a_terminal_there_is_a_log(monkeypatch):
    """As in CI, under cron or setsid."""

    def refuse(*_, **__):
        raise OSError

    monkeypatch.setattr("pathlib.Path.open", refuse)

    assert isinstance(progress.output(), progress.Log)


def test_no_file_is_silent(capsys):
    """Callers from Python get no bars unless they ask."""
    with progress.bar(2, "quiet", None) as bar:
        bar.update(2)

    assert not capsys.readouterr().err


def test_a_resumed_training_counts_from_where_it_was(log, capsys):
    """Its estimate is made of the steps of this process: the first of them is the sixth of the run."""
    show = progress.steps_bar("tiny training", log)
    for step in range(6, 13):
        show(step, 12, 0.0)
    lines = capsys.readouterr().err.splitlines()

    assert any(re.search(r"tiny training: +50%.* 6/12 ", line) for line in lines)
    assert "12/12" in lines[-1]
    assert progress.steps_bar("quiet", None) is None
