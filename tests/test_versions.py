"""Versions that were not tried are refused in one sentence."""

import tomllib
from pathlib import Path

import pytest

from harness import versions
from harness.errors import BadInput
from harness.report.trackers import TRACKERS

PROJECT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
EXTRAS = {name: [text for text in texts if not text.startswith(versions.DISTRIBUTION)]
          for name, texts in PROJECT["optional-dependencies"].items() if name not in TRACKERS}  # fmt: skip
DECLARED = [*PROJECT["dependencies"], *(text for texts in EXTRAS.values() for text in texts)]
FREE = ("packaging", "gguf", "sentencepiece")
"""Packages of which any later release will do."""
NOT_LOCKED = "ray"
"""Large, and of one option."""


def test_what_is_locked_fits():
    """The lock, with which everything here is tested, is inside the declared ranges."""
    lock = (Path(__file__).parent.parent / "requirements.lock").read_text().split()
    locked = {name.lower().replace("_", "-"): version for name, _, version in (line.partition("==") for line in lock)}

    declared = [text for text in DECLARED if not text.startswith(NOT_LOCKED)]
    assert versions.complaint(declared, lambda name: locked.get(name.lower().replace("_", "-"))) is None


def test_every_range_has_an_upper_end():
    """What is not released yet was not tried."""
    assert [text for text in DECLARED if "<" not in text and not text.startswith(FREE)] == []


@pytest.mark.parametrize(
    ("installed", "sentence"),
    [
        ({"a": "1.5", "b": "2.0+cpu"}, None),
        ({"a": "2.0", "b": "2.0"}, 'a 2.0; run: pip install "a<2,>=1"'),
        ({"a": "1.5", "b": "2.0", "c": "2"}, 'c 2; run: pip install "c>=3"'),
        ({"a": "0.9", "b": None}, 'a 0.9, b is not installed; run: pip install "a<2,>=1" "b[x]>=2"'),
    ],
)
def test_the_sentence_names_what_is_there_and_the_command(installed, sentence):
    """What is installed, what is needed, and how to get it; of extras, what is there must fit."""
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


OF_EXTRAS = ["a>=1", 'b>=2; extra == "one"', 'c; extra == "two"', 'layer-pruning-checks[one]; extra == "two"',
             'layer-pruning-checks[one,two]; extra == "all"']  # fmt: skip


@pytest.mark.parametrize(
    ("extra", "there", "missing"),
    [
        ("one", {}, ("b",)),
        ("one", {"b": "1"}, ()),
        ("two", {}, ("c", "b")),
        ("all", {"c": "1"}, ("b",)),
        ("none", {}, ()),
    ],
)
def test_an_extra_lacks_its_packages_and_those_of_the_extras_in_it(extra, there, missing):
    """Whatever their version: that is another sentence."""
    assert versions.lacking(extra, OF_EXTRAS, there.get) == missing


def test_what_is_missing_is_refused_with_the_command(monkeypatch):
    """What needs it, the packages, and how to get them; nothing is refused here, where all is installed."""
    versions.require_extra("all", "tests")
    monkeypatch.setattr(versions, "installed", lambda name: None if name == "peft" else "1")

    with pytest.raises(BadInput, match=r'^recoveries need peft; run: pip install "layer-pruning-checks\[recover\]"$'):
        versions.require_extra("recover", "recoveries")


def test_the_declared_extras_are_those_that_code_asks_for():
    """A name that nobody declares would never be missed."""
    import re

    root = Path(__file__).parent.parent
    asked = {
        name
        for folder in ("harness", "checks")
        for path in (root / folder).rglob("*.py")
        for name in re.findall(r'(?:require_extra|missing_of|how_to_get)\("(\w+)"', path.read_text())
    }
    assert asked == PROJECT["optional-dependencies"].keys() - {"all", "gguf"}
    assert TRACKERS.keys() < asked
