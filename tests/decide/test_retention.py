import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.retention import chance_corrected, group_retention, retention
from harness.errors import BadInput

scores = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=20)


def test_retention_by_hand():
    """One of four right after three of four: (1/4) / (3/4)."""
    assert pytest.approx(1 / 3) == retention([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0])


def test_retention_is_not_clipped():
    """A pruned model that got better keeps more than everything."""
    assert retention([1.0, 1.0], [1.0, 0.0]) == 2.0


@given(scores, st.randoms())
def test_retention_ignores_the_order_of_items(base, rng):
    """Retention depends on which items were right, not on when they were asked."""
    base = [1.0, *base]
    pruned = [rng.choice([0.0, 1.0]) for _ in base]
    order = list(range(len(base)))
    rng.shuffle(order)

    assert retention(pruned, base) == retention([pruned[i] for i in order], [base[i] for i in order])


@given(scores)
def test_without_guessing_the_correction_changes_nothing(base):
    """A chance of 0 leaves plain retention."""
    base = [1.0, *base]
    pruned = [score / 2 for score in base]

    assert retention(pruned, base) == chance_corrected(pruned, base, 0.0)


def test_guessing_retains_nothing_after_correction():
    """A model at chance keeps a third of a .75 score, and nothing beyond guessing."""
    guessing, base = [1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]

    assert chance_corrected(guessing, base, 0.25) == 0.0


@pytest.mark.parametrize("chance", [0.5, 0.75])
def test_base_no_better_than_guessing_is_refused(chance):
    """At chance or below it, the corrected form divides by nothing or turns its sign."""
    with pytest.raises(BadInput, match="chance correction needs a base above it"):
        chance_corrected([1.0, 0.0], [1.0, 0.0], chance)


def test_group_retention_is_the_mean_of_ratios():
    """Ratio first, then mean: (1/2 + 2) / 2, whatever the tasks' sizes."""
    assert group_retention([([1.0, 0.0], [1.0, 1.0]), ([1.0] * 4, [1.0, 1.0, 0.0, 0.0])]) == 1.25
    with pytest.raises(BadInput, match="a group of 0 tasks"):
        group_retention([])
