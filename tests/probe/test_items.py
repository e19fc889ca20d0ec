import pytest

from harness.errors import BadInput
from harness.probe.items import paired_outcomes
from harness.tasks.outcome import Outcome, TaskResult


def result(*item_ids, task="word_problems"):
    return TaskResult(task, "number", 0.0, tuple(Outcome(item_id, 1.0, "right", "") for item_id in item_ids))


def test_outcomes_of_an_item_stand_side_by_side():
    """One tuple an item, in item order, one outcome a result."""
    rows = paired_outcomes(result("a", "b"), result("a", "b"), result("a", "b"))

    assert [[outcome.item_id for outcome in row] for row in rows] == [["a"] * 3, ["b"] * 3]


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ((result("a"), result("b")), "different items"),
        ((result("a", "b"), result("b", "a")), "different items"),
        ((result("a"), result("a", task="code")), "'word_problems' and 'code' cannot be paired"),
        ((result(), result()), "0 items to compare"),
    ],
    ids=["other item", "other order", "other task", "no item"],
)
def test_what_cannot_be_paired_is_refused(results, message):
    """A wrong pairing would give a number that means nothing."""
    with pytest.raises(BadInput, match=message):
        paired_outcomes(*results)
