"""Folders and ratios that cannot be used are refused before any work."""

import os

import pytest

from harness.models.reference import bundled
from harness.prune.surgery import prune_layers

pytest_plugins = ["pytester"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_directory_is_refused_at_once(session, pytester):
    """Also where the folders are the default ones."""
    pytester.path.chmod(0o500)
    try:
        result = session()
    finally:
        pytester.path.chmod(0o700)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--report report: cannot be written (Permission denied)" in result.stderr.str()


def test_folders_that_cannot_be_made_are_refused_at_once(session, pytester):
    """The default ones too, before a model is loaded."""
    (pytester.path / "report").touch()
    result = session()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--report report: cannot be written" in result.stderr.str()


def test_new_folders_ignore_themselves(session, pytester):
    """In an author's repository nothing of a run shows up in `git status`; a folder of theirs is left as it is."""
    theirs = pytester.mkdir("docs")
    session("--report", "docs", "--store", "kept/answers", "-m", "small")

    assert (pytester.path / "kept/answers/.gitignore").read_text() == "*\n"
    assert list(theirs.iterdir()) == []


def test_a_ratio_that_removes_no_layer_is_refused_before_anything_is_asked(loading, pytester):
    """With the model's depth known, and with the exit code of a command line that cannot be used."""
    pytester.makepyfile("def test_claim(subject, method, ratio): print('it ran')")
    result = loading("--ratio", "0.01", "-rA")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: ratio 0.01 of 12 layers removes none; use at least 0.09" in result.stderr.str()
    assert "it ran" not in result.stdout.str()


def test_the_usual_ratio_of_too_few_layers_is_refused_before_anything_is_asked(loading, pytester, tiny):
    """Nobody named it, so the depth is known when the model is loaded; a check of another ratio goes on."""
    prune_layers(tiny.model, range(3, 12)).save_pretrained("shallow")
    tiny.tokenizer.save_pretrained("shallow")
    pytester.makepyfile(
        "import pytest\ndef test_claim(subject, method, ratio, claim): print('it ran')\n"
        "@pytest.mark.ratios(.5)\ndef test_half(subject, ratio, claim): print('half ran')"
    )
    said = loading("--model", "shallow", "-rA", "-k", "reverse or half").stdout.str()

    assert "bad input: ratio 0.25 of 3 layers removes none; use at least 0.34" in said
    assert "half ran" in said
    assert "it ran" not in said


@pytest.mark.parametrize(
    ("check", "task"), [("arithmetic_drop", "arithmetic"), ("question_answering_has_a_threshold", "arc_easy")]
)
def test_a_data_folder_without_what_a_check_reads_is_refused_at_collection(loading, pytester, check, task):
    """The file, the task and the check are named, and no model is loaded; a check of one's own is not known so."""
    pytester.makepyfile(**dict.fromkeys((f"test_{check}", "test_own"), "def test_it(subject): raise AssertionError"))
    pytester.mkdir("data")
    result = loading("--model", str(bundled("tiny")), "--data", "data", "-m", "small")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stderr.str()
    assert "--data data: the folder has no file " in said
    assert f"; put the file there as docs/data.md says (task {task} of {check}; without it: -k 'not {check}')" in said
    assert "AssertionError" not in result.stdout.str()
    assert (
        "AssertionError"
        in loading("--model", str(bundled("tiny")), "--data", "data", "-m", "small", "-k", f"not {check}").stdout.str()
    )
