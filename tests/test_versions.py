"""Versions that were not tried are refused in one sentence."""

import tomllib
from pathlib import Path

import pytest

from harness import versions
from harness.errors import BadInput

DECLARED = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]["dependencies"]


def test_what_is_locked_fits():
    """The lock, with which everything here is tested, is inside the declared ranges."""
    lock = (Path(__file__).parent.parent / "requirements.lock").read_text().split()
    locked = {name.lower().replace("_", "-"): version for name, _, version in (line.partition("==") for line in lock)}

    assert versions.complaint(DECLARED, lambda name: locked.get(name.lower().replace("_", "-"))) is None


def test_every_range_has_an_upper_end():
    """What is not released yet was not tried."""
    assert [text for text in DECLARED if "<" not in text and not text.startswith("packaging")] == []


@pytest.mark.parametrize(
    ("installed", "sentence"),
    [
        ({"a": "1.5", "b": "2.0+cpu"}, None),
        ({"a": "2.0", "b": "2.0"}, 'a 2.0; run: pip install "a<2,>=1"'),
        ({"a": "0.9", "b": None}, 'a 0.9, b is not installed; run: pip install "a<2,>=1" "b[x]>=2"'),
    ],
)
def test_the_sentence_names_what_is_there_and_the_command(installed, sentence):
    """What is installed, what is needed, and how to get it; extras that nobody asked for need nothing."""
    ranges = ["a>=1,<2", "b[x]>=2", "c>=3; extra == 'gguf'"]
    start = "layer-pruning-checks was not tried with what is installed: "

    assert versions.complaint(ranges, installed.get) == (sentence and start + sentence)


def test_a_command_stops_before_any_work(monkeypatch, capsys):
    """As one sentence and exit code 2."""
    from harness.__main__ import main

    def refuse():
        raise BadInput("not tried")

    monkeypatch.setattr(versions, "require_versions", refuse)

    assert main(["rank", "--method", "reverse"]) == 2
    assert capsys.readouterr().err == "python -m harness rank: not tried\n"
