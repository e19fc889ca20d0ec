"""Published minus fresh: two kinds of items, each weighted by itself."""

import pytest

from harness.decide.bootstrap import PairedTask
from harness.decide.published import published_minus_fresh


def task(base, after, n):
    """`base` and `after` right answers of `n` items."""
    right = lambda count: (1.0,) * count + (0.0,) * (n - count)  # noqa: E731
    return PairedTask("t", right(after), right(base))


def test_a_memorised_benchmark_shows_in_both_differences():
    """The base is better on published items, and the variant keeps less of fresh ones."""
    found = published_minus_fresh(task(180, 90, 200), task(60, 10, 100))

    assert found.base.estimate == pytest.approx(0.9 - 0.6)
    assert found.retention.estimate == pytest.approx(90 / 180 - 10 / 60)
    assert found.base.low > 0
    assert found.retention.low > 0
    assert (found.published.items, found.fresh.after) == (200, 0.1)


def test_nothing_memorised_is_no_difference():
    """The interval holds 0, though the two have different numbers of items."""
    found = published_minus_fresh(task(54, 27, 200), task(16, 8, 60))

    assert found.base.low < 0 < found.base.high
    assert found.retention.low < 0 < found.retention.high


@pytest.mark.parametrize(("published", "fresh"), [(0, 5), (5, 0), (0, 0)])
def test_a_base_that_answers_nothing_ends_no_check(published, fresh):
    """Its retention is undefined, which is said instead of raised."""
    found = published_minus_fresh(task(published, 0, 20), task(fresh, 0, 20))

    assert found.retention is None
    assert found.base.estimate == (published - fresh) / 20
