"""Rankings are found once, and anew whenever anything that they depend on is another."""

import json
from dataclasses import replace

import pytest

from harness.methods.method import METHODS, Ranking
from harness.models.passes import counted_passes
from harness.subject import Subject
from harness.subject.remembered import FILE, is_kept, key_of
from harness.tasks.calibration import parse_calibration
from harness.tasks.source import Bundled

KEPT = {"block_influence": 3, "taylor": 3, "block_pruner": 1}


@pytest.fixture
def asked(tiny, tmp_path):
    """Asks a new subject on one store; its ranking, and how many passes it took."""

    def ask(method, count=3, seed=0, loaded=tiny):
        subject = Subject(loaded, "tiny", Bundled(), 4, tmp_path, shown=parse_calibration("wikitext2:8x32"))
        with counted_passes(loaded.model) as passes:
            found = subject.ranking(method, count, seed)
        return found, passes.count, subject.choices.passes.count

    return ask


@pytest.mark.parametrize(("method", "count"), KEPT.items())
def test_a_ranking_is_found_once(asked, method, count):
    """A second run of the same choice passes nothing, decides the same in every number, and says what it took."""
    first, ran, told = asked(method, count)
    again, none, told_again = asked(method, count)

    assert ran > 0
    assert none == 0
    assert again == first
    assert told == told_again > 0


def test_another_choice_is_found_anew(asked):
    """Another count is another choice, and so is another seed."""
    asked("block_influence")

    assert asked("block_influence", count=2)[1] > 0
    assert asked("block_influence", seed=1)[1] > 0


def test_the_code_of_methods_is_in_the_name(asked, monkeypatch):
    """After a method was edited nothing that the old one chose is read."""
    asked("block_influence")
    monkeypatch.setattr("harness.subject.remembered.rules", lambda kind: f"other {kind}")

    assert asked("block_influence")[1] > 0


def test_texts_model_and_versions_are_in_the_name(tiny, monkeypatch):
    """Each ingredient of a choice changes its name."""
    method = METHODS["block_influence"]
    names = {
        key_of(method, tiny, 3, ["a text"], 0),
        key_of(method, tiny, 3, ["another text"], 0),
        key_of(method, tiny, 3, ["a text", "a text"], 0),
        key_of(METHODS["taylor"], tiny, 3, ["a text"], 0),
        key_of(method, replace(tiny, fingerprint="other"), 3, ["a text"], 0),
    }
    monkeypatch.setattr("harness.subject.remembered.versions", lambda: {"numpy": "another"})
    names.add(key_of(method, tiny, 3, ["a text"], 0))

    assert len(names) == 6


@pytest.mark.parametrize(("name", "kept"), [("block_influence", True), ("taylor", True), ("magnitude_l1", False),
                                            ("greedy_task", False)])  # fmt: skip
def test_what_needs_no_texts_or_task_scores_is_not_kept(name, kept):
    """The one costs nothing, the other rests on stored answers."""
    assert is_kept(METHODS[name]) is kept


def test_what_another_package_chooses_is_not_kept():
    """Nobody can name its code."""
    foreign = replace(METHODS["block_influence"], function=lambda model, n: Ranking((0,), None, "mine"))

    assert not is_kept(foreign)


def test_a_plan_that_blends_weights_is_found_anew(asked):
    """Its text does not say how much of each layer goes in."""
    first, _, _ = asked("mka")
    again, ran, _ = asked("mka")

    assert ran > 0
    assert again.plan == first.plan


def test_a_damaged_line_is_passed_over(asked, tmp_path, capsys):
    """A ranking that cannot be read is found anew."""
    first, _, _ = asked("block_influence")
    path = tmp_path / FILE
    lines = path.read_bytes()
    path.write_bytes(lines.replace(json.dumps("block_influence").encode(), b'"block_influenco"'))

    from harness.subject import remembered

    remembered._opened.cache_clear()
    again, ran, _ = asked("block_influence")

    assert ran > 0
    assert again == first
    assert "damaged" in capsys.readouterr().err
