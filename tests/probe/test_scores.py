"""Probe measures as scores of items."""

import pytest

from harness.probe.scores import (
    in_intact_text,
    repetition_rise,
    with_degenerate_text,
    with_failure,
    with_intact_text,
    with_number,
    with_program,
    with_text,
)
from harness.tasks.outcome import Outcome, TaskResult


def results(*outcomes, task="code", chance=0.0):
    """One task's results."""
    named = tuple(Outcome(str(place), *rest) for place, rest in enumerate(outcomes))
    return {task: TaskResult(task, "number", chance, named)}


def ended(*texts, score=1.0):
    """Answers that ended by themselves."""
    outcomes = tuple(
        Outcome(str(place), score, "right" if score else "wrong", text, finish="stop")
        for place, text in enumerate(texts)
    )
    return {"word_problems": TaskResult("word_problems", "number", 0.0, outcomes)}


def test_a_program_of_a_finished_answer_is_one():
    """Whatever it does; none, or one of an answer that was cut, tells nothing of brackets."""
    labels = ("right", "wrong", "unbalanced bracket", "error", "no code", "truncated", "loop", "unfinished thought")
    found = with_program(results(*((0.0, label, "def f") for label in labels)))

    assert found["code"].scores == (1, 1, 1, 1, 0, 0, 0, 0)


def test_a_failure_is_counted_item_by_item():
    """1 where the program is of the class, right or wrong ones 0."""
    broken = with_failure(results((1.0, "right", ""), (0.0, "unbalanced bracket", "(")), "unbalanced bracket")

    assert broken["code"].scores == (0, 1)


def test_a_number_is_an_answer_right_or_wrong():
    """Only what names none is mute; nobody guesses whether there is one, whatever the task's own chance is."""
    found = with_number(
        results((1.0, "right", "4"), (0.0, "wrong", "5"), (0.0, "not extracted", ""), chance=0.1, task="arithmetic")
    )

    assert found["arithmetic"].scores == (1, 1, 0)
    assert found["arithmetic"].chance == 0


def test_losses_and_texts_are_judged_by_the_same_bar():
    """What is not intact has the base's score and does not count as answered."""
    base, pruned = ended("a b c", "d e f", "g h i"), ended("a b c", "", "x x x x x x", score=0.0)

    assert in_intact_text(base, pruned)["word_problems"].scores == (0, 1, 1)
    assert with_intact_text(base, pruned)["word_problems"].scores == (1, 0, 0)
    assert with_intact_text(base, base)["word_problems"].scores == (1, 1, 1)


def test_texts_are_scored_as_degenerate_and_as_texts():
    """A mute answer has no text that could be degenerate."""
    base, pruned = ended("a b c", "d e f", "g h i"), ended("a b c", "", "x x x x x x", score=0.0)

    assert with_degenerate_text(base, pruned)["word_problems"].scores == (0, 0, 1)
    assert with_degenerate_text(base, base)["word_problems"].scores == (0, 0, 0)
    assert with_text(pruned)["word_problems"].scores == (1, 0, 1)


def test_repetition_rises_item_by_item():
    """0 where an answer is as it was."""
    base, pruned = ended("a b c d e", "a b c d e"), ended("a b c d e", "x x x x x")
    same, more = repetition_rise(base["word_problems"], pruned["word_problems"])

    assert same == 0
    assert more == pytest.approx((3 / 4 + 2 / 3 + 1 / 2) / 3)
