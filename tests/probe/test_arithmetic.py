import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.arithmetic import OperationChange, by_operation, log_probabilities_lost, operations
from harness.tasks.outcome import Outcome, TaskResult


def result(*items):
    """Items as (id, score) or (id, score, log-probability)."""
    outcomes = tuple(
        Outcome(item_id, score, "right" if score else "wrong", "", {"log_probability": rest[0]} if rest else {})
        for item_id, score, *rest in items
    )
    return TaskResult("arithmetic_first_digit", "number", 0.1, outcomes)


@pytest.mark.parametrize(
    ("context", "found"),
    [
        ("\n\nQ: What is (9 + 8) * 2?\n\nA:", ("+", "*")),
        ("Q: What is (9 * 8) + 2?", ("*", "+")),
        ("arithmetic|(4 - 7) - 3", ("-", "-")),
        ("Q: What is 2 * (3 + 4)?", ("*", "+")),
        ("Q: What is 98 plus 45?", ("+",)),
        ("Q: What is 33 minus 88?", ("-",)),
        ("Q: What is 95 times 45?", ("*",)),
        ("Q: What is the sum of the digits of the number 8606?", ()),
        ("single-digit three-ops: What is 4 - 7?", ("-",)),
    ],
)
def test_operations_by_hand(context, found):
    """Operators between numbers only, in order."""
    assert found == operations(context)


@given(st.lists(st.integers(0, 999_999), min_size=2, max_size=4), st.data())
def test_operations_are_those_that_were_written(numbers, data):
    """One operator between every two numbers."""
    written = [data.draw(st.sampled_from(["+", "-", "*", "plus", "minus", "times"])) for _ in numbers[1:]]
    text = str(numbers[0]) + "".join(f" {o} {n}" for o, n in zip(written, numbers[1:], strict=True))
    symbols = {"plus": "+", "minus": "-", "times": "*"}

    assert tuple(symbols.get(operator, operator) for operator in written) == operations(f"Q: What is {text}?")


def test_changes_by_hand():
    """Two questions of plus and times in either order, one of minus."""
    base = result(("(9 + 8) * 2", 1.0, -0.5), ("(2 * 3) + 1", 1.0, -1.0), ("5 - 3", 1.0, -0.25))
    pruned = result(("(9 + 8) * 2", 0.0, -2.5), ("(2 * 3) + 1", 1.0, -1.0), ("5 - 3", 0.0, -0.5))

    assert by_operation(base, pruned) == {
        "-": OperationChange(n=1, before=1.0, after=0.0, log_probability_change=-0.25),
        "+*": OperationChange(n=2, before=1.0, after=0.5, log_probability_change=-1.0),
    }


def test_groups_come_in_a_fixed_order():
    """Fewer operators first, then plus, minus and times."""
    items = [(f"1 {a} 2 {b} 3", 1.0) for a in "*-+" for b in "*-+"] + [(f"1 {a} 2", 1.0) for a in "*-+"]

    assert list(by_operation(result(*items), result(*items))) == ["+", "-", "*", "++", "+-", "+*", "--", "-*", "**"]


def test_log_probabilities_are_compared_where_both_have_one():
    """A generated answer has none: the change is None and not 0."""
    base = result(("1 + 2", 1.0, -1.0), ("1 + 3", 1.0, -1.0), ("1 + 4", 1.0))
    pruned = result(("1 + 2", 1.0, -3.0), ("1 + 3", 1.0), ("1 + 4", 1.0, -9.0))

    assert by_operation(base, pruned)["+"].log_probability_change == -2.0
    assert by_operation(result(("1 + 2", 1.0)), result(("1 + 2", 1.0)))["+"].log_probability_change is None


def test_items_without_an_operation_are_refused():
    """The sum of the digits is no operation between numbers."""
    digits = result(("Q: What is the sum of the digits of the number 8606?", 1.0))

    with pytest.raises(BadInput, match="names no operation"):
        by_operation(digits, digits)


def test_log_probabilities_are_lost_item_by_item():
    """Before minus after, in nats; what measures none is named."""
    base, pruned = (
        result(("5 - 3", 1.0, -0.25), ("5 - 4", 1.0, -1.0)),
        result(("5 - 3", 0.0, -2.0), ("5 - 4", 1.0, -0.5)),
    )

    assert log_probabilities_lost(base, pruned) == (1.75, -0.5)
    with pytest.raises(BadInput, match="measures no log-probability of the right answer"):
        log_probabilities_lost(result(("5 - 3", 1.0)), result(("5 - 3", 1.0)))
