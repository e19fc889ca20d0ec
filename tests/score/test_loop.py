from hypothesis import given
from hypothesis import strategies as st

from harness.score.batches import common_prefix, token_batches
from harness.score.loop import REPEATS, SPAN, is_looping


@given(st.lists(st.integers(0, 50), max_size=40), st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_a_repeated_cycle_is_a_loop(start, cycle):
    """Whatever came before, enough repeats of one cycle are a loop."""
    assert is_looping([*start, *cycle * max(REPEATS, -(-SPAN // len(cycle)) + 1)])


def test_counting_is_no_loop():
    """A long answer without repetition goes on, and so do a few equal brackets."""
    assert not is_looping(list(range(500)))
    assert not is_looping([7, 8, 9, *[1] * 12])


@given(st.lists(st.integers(1, 100), min_size=1, max_size=60), st.integers(1, 300))
def test_batches_hold_every_row_once_within_the_budget(lengths, budget):
    """A batch of several rows never exceeds the budget, and no row is lost."""
    batches = token_batches(lengths, budget)

    assert list(range(len(lengths))) == sorted(index for batch in batches for index in batch)
    assert all(len(b) == 1 or len(b) * max(lengths[i] for i in b) <= budget for b in batches)


def test_common_prefix():
    """The longest shared beginning."""
    assert common_prefix([[1, 2, 3], [1, 2, 4, 5], [1, 2]]) == 2
