import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.degeneration import mean_repetition
from harness.probe.transitions import MOST_REPETITION, state_of, transition_rows, transitions
from harness.tasks.outcome import Outcome, TaskResult

TRUE_BUT_WRONG, SLIP, BARE = "3 + 4 = 7 . #### 7", "3 + 4 = 8 . #### 8", "#### 8"
REPETITIVE = "no no no no no no no no no no"


def outcome(label, response="", finish="stop", item_id="item", detail=""):
    return Outcome(item_id, float(label == "right"), label, response, detail=detail, finish=finish)


def result(*labelled, kind="number"):
    outcomes = tuple(outcome(label, text, item_id=str(i)) for i, (label, text) in enumerate(labelled))
    return TaskResult("task", kind, 0.0, outcomes)


@pytest.mark.parametrize(
    ("given_outcome", "state"),
    [
        (outcome("right", SLIP), "right"),
        (outcome("wrong", SLIP), "arithmetic slip"),
        (outcome("wrong", TRUE_BUT_WRONG), "wrong logic"),
        (outcome("wrong", BARE), "different"),
        (outcome("not extracted", "I do not know"), "not extracted"),
        (outcome("truncated", SLIP, "length"), "truncated"),
        (outcome("loop", SLIP, "loop"), "degenerate"),
        (outcome("wrong", REPETITIVE), "degenerate"),
        (outcome("truncated", REPETITIVE, "length"), "degenerate"),
        (outcome("right", REPETITIVE), "right"),
    ],
)
def test_states_of_worked_answers(given_outcome, state):
    """The first state that holds."""
    assert state == state_of(given_outcome, "number")


@pytest.mark.parametrize(
    ("label", "detail", "state"),
    [
        ("unbalanced bracket", "", "syntax"),
        ("syntax", "", "syntax"),
        ("error", "SyntaxError: 'return' outside function", "syntax"),
        ("error", "TypeError: no", "wrong logic"),
        ("undefined name", "", "wrong logic"),
        ("timeout", "", "wrong logic"),
        ("wrong", "", "wrong logic"),
        ("no code", "", "not extracted"),
        ("truncated", "", "truncated"),
    ],
)
def test_states_of_programs(label, detail, state):
    """A program's calculations are code, not claims."""
    assert state == state_of(outcome(label, "x = 3 + 4 = 8", detail=detail), "program")


def test_unknown_label_of_a_program_is_refused():
    """A label that no code task gives is a mistake of the caller."""
    with pytest.raises(BadInput, match="'different' of 'item' is not one of a code task"):
        state_of(outcome("different"), "program")


def test_answers_of_two_or_three_symbols_are_not_degenerate():
    """Brackets repeat themselves even when they are right."""
    closed = ") ) ) ) ) ) ) )"

    assert mean_repetition(closed) > MOST_REPETITION
    assert state_of(outcome("wrong", closed), "brackets") == "different"
    assert state_of(outcome("wrong", closed), "number") == "degenerate"


def test_transitions_by_hand():
    """Four items, three ways."""
    base = result(("right", ""), ("right", ""), ("right", ""), ("wrong", BARE))
    pruned = result(("wrong", SLIP), ("wrong", SLIP), ("right", ""), ("wrong", BARE))

    assert transitions(base, pruned) == {
        ("right", "arithmetic slip"): 2,
        ("right", "right"): 1,
        ("different", "different"): 1,
    }


def test_recovered_answers_are_the_third_state():
    """What came back is told from what did not."""
    base = result(("right", ""), ("right", ""))
    pruned = result(("wrong", SLIP), ("wrong", SLIP))
    recovered = result(("right", ""), ("wrong", TRUE_BUT_WRONG))

    assert transitions(base, pruned, recovered) == {
        ("right", "arithmetic slip", "right"): 1,
        ("right", "arithmetic slip", "wrong logic"): 1,
    }


@settings(deadline=None)  # the first example imports nltk
@given(st.lists(st.sampled_from([("right", ""), ("wrong", SLIP), ("wrong", BARE), ("truncated", "")]), min_size=1))
def test_every_item_is_in_one_row(labelled):
    """Counts add up to the items, and a variant beside itself changes nothing."""
    counts = transitions(result(*labelled), result(*labelled))

    assert sum(counts.values()) == len(labelled)
    assert all(before == after for before, after in counts)


def test_rows_come_by_count_then_by_name():
    """The same table for the same counts, in whatever order they were met."""
    counts = {("right", "truncated"): 1, ("right", "right"): 3, ("right", "degenerate"): 1}

    assert transition_rows(counts) == [
        ("right", "right", "3"),
        ("right", "degenerate", "1"),
        ("right", "truncated", "1"),
    ]
