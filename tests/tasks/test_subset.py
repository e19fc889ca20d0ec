"""Seeded subsets."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks.subset import drawn, seeded_subset

IDS = [f"item {index}" for index in range(1000)]


@given(
    size=st.integers(1, 300), limit=st.none() | st.integers(1, 400), seed=st.integers(0, 9), task=st.text(max_size=5)
)
def test_a_subset_is_sorted_distinct_and_of_the_size_asked(size, limit, seed, task):
    """Indices increase, exist, and number min(limit, size)."""
    indices = seeded_subset(IDS[:size], limit, seed, task)
    assert indices == sorted(set(indices))
    assert set(indices) <= set(range(size))
    assert len(indices) == (size if limit is None else min(limit, size))


def test_the_draw_hangs_on_seed_and_task():
    """Equal arguments draw the same on every machine, another seed or task draws differently, none takes the first."""
    drawn = seeded_subset(IDS, 5, 0, "gsm8k")
    assert seeded_subset(IDS, 5, 0, "gsm8k") == drawn
    others = [seeded_subset(IDS, 5, seed, task) for seed, task in ((1, "gsm8k"), (0, "mmlu"))]
    assert drawn not in others
    assert list(range(5)) not in [drawn, *others]


@given(size=st.integers(1, 300), limit=st.none() | st.integers(1, 300), few=st.integers(1, 300), seed=st.integers(0, 3))
def test_a_smaller_subset_lies_in_a_larger_one(size, limit, few, seed):
    """What a run with fewer items asked is asked again by one with more, so nothing is asked in vain."""
    larger = seeded_subset(IDS[:size], limit, seed, "gsm8k")
    smaller = seeded_subset(IDS[:size], min(few, len(larger)), seed, "gsm8k")

    assert set(smaller) <= set(larger)


def test_every_item_is_as_likely_as_any_other():
    """Over many seeds, each of ten items is among four of them four times in ten."""
    counts = Counter(index for seed in range(2000) for index in seeded_subset(IDS[:10], 4, seed, "gsm8k"))
    assert all(abs(counts[index] / 2000 - 0.4) < 0.05 for index in range(10))  # 4.6 standard errors


@pytest.mark.parametrize("limit", [0, -3])
def test_an_empty_subset_is_refused(limit):
    """A limit below 1 is refused by value and task."""
    with pytest.raises(BadInput, match=f"limit {limit} for task 'piqa'"):
        seeded_subset(IDS, limit, 0, "piqa")


def test_every_limit_is_the_beginning_of_one_draw():
    """What a limit takes is what a larger one draws first; a subset is that in the order of the file."""
    whole = drawn(40, None, 3, "task")

    assert sorted(whole) == list(range(40))
    for limit in (1, 7, 39, 40, 99):
        assert drawn(40, limit, 3, "task") == whole[:limit]
        assert sorted(drawn(40, limit, 3, "task")) == seeded_subset([str(n) for n in range(40)], limit, 3, "task")
