"""Results of variants, paired item by item."""

import pytest

from harness.errors import BadInput
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.pairs import paired, seeded


def result(labels, chance=0.25):
    """A task's result from the labels of its answers."""
    outcomes = tuple(Outcome(str(place), float(label == "right"), label, "") for place, label in enumerate(labels))
    return TaskResult("arc_easy_generated", "number", chance, outcomes)


def test_guessing_is_measured_on_each_variant():
    """A variant that falls silent guesses nothing; its 0 is not less than nothing."""
    base, silent = result(["right", "right", "wrong", "right"]), result(["not extracted"] * 4)

    (task,) = seeded({"t": base}, [{"t": silent}], ["t"])

    assert (task.chance, task.run_chances) == (0.25, (0.0,))


def test_other_items_are_refused():
    """Scores of other items cannot be paired."""
    other = TaskResult("arc_easy_generated", "number", 0.25, (Outcome("9", 1.0, "right", ""),))

    with pytest.raises(BadInput, match="the two variants answered different items"):
        paired({"t": result(["right"])}, {"t": other}, ["t"])
