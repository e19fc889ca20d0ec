"""Usual lengths come from a plan over a store."""

import json

import pytest

from harness.errors import BadInput
from harness.foresee import usual
from harness.foresee.usual import FILE, main, text_of

SEEN = {"gsm8k": {"base": {"mean": 10.0, "longest": 20.0}}, "code": {"pruned": {"mean": 1.0, "longest": 2.0}}}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """A copy of the file, which is written instead of it."""
    path = tmp_path / "usual.json"
    path.write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(usual, "FILE", path)
    return path


def plan(tmp_path, content):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_what_a_plan_saw_takes_the_place_of_what_was_there(tmp_path, kept):
    """Of the tasks and kinds that it saw; all others stay, of the other tier too."""
    before = json.loads(kept.read_text())
    main(["small", plan(tmp_path, {"model": {"lengths": SEEN}})])
    after = json.loads(kept.read_text())

    assert after["small"]["gsm8k"] == {**before["small"]["gsm8k"], "base": {"mean": 10.0, "longest": 20.0}}
    assert after["small"]["code"] == SEEN["code"]
    assert after["tiny"] == before["tiny"]
    assert set(after["small"]) == {*before["small"], "code"}


def test_the_file_is_as_the_command_writes_it():
    """A task a line, in order."""
    assert text_of(json.loads(FILE.read_text(encoding="utf-8"))) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing was given; expected tiny or small, and a plan.json"),
        (["gpu", "plan.json"], "gpu plan.json was given; expected tiny or small"),
        (["tiny", "none.json"], "none.json: expected the plan.json of one model"),
    ],
)
def test_other_arguments_are_refused(arguments, said):
    """In one sentence."""
    with pytest.raises(BadInput, match=said):
        main(arguments)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"model": {"lengths": {}}}, "saw no stored answer; name the --store of a run"),
        ({"one": {"lengths": SEEN}, "other": {"lengths": SEEN}}, "expected the plan.json of one model"),
        ([], "expected the plan.json of one model"),
    ],
)
def test_a_plan_that_says_nothing_is_refused(tmp_path, kept, content, said):
    """And the file stays as it was."""
    before = kept.read_text()
    with pytest.raises(BadInput, match=said):
        main(["tiny", plan(tmp_path, content)])
    assert kept.read_text() == before
