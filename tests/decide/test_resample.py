"""Random weights on items, held against exact intervals."""

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.decide.bootstrap import PairedTask, score_drop
from harness.decide.resample import draw

RESAMPLES = 40_000


@pytest.mark.parametrize(("wrong", "n"), [(0, 20), (1, 20), (7, 20), (20, 20), (30, 100)])
def test_one_task_of_right_or_wrong_answers_has_the_clopper_pearson_interval(wrong, n):
    """The drop of a base that is always right is a binomial share, whose exact interval scipy knows."""
    task = PairedTask("t", (0.0,) * wrong + (1.0,) * (n - wrong), (1.0,) * n)
    exact = binomtest(wrong, n).proportion_ci(0.95, method="exact")

    drop = score_drop(task, resamples=RESAMPLES)

    # the imagined item may also take from the base, which can make the drop negative: only the lower end differs
    assert drop.high == pytest.approx(exact.high, abs=0.01)
    assert drop.low <= exact.low + 0.01


def test_weights_are_the_same_for_both_scores_of_an_item():
    """A variant that equals the base keeps all of it in every resample but for the imagined item."""
    scores = np.column_stack([np.tile([0.0, 1.0], 500)] * 2)
    draws = draw([scores], lambda after, before: before[0] - after[0], 500, seed=0)

    assert np.abs(draws.pessimistic).max() < 0.02
    assert np.abs(draws.optimistic).max() < 0.02


def test_the_same_seed_gives_the_same_draws():
    """Two runs agree bit for bit; another seed does not."""
    scores = np.column_stack([np.tile([0.0, 1.0, 1.0], 10), np.ones(30)])

    def drawn(seed):
        return draw([scores], lambda after, before: before[0] - after[0], 100, seed=seed).pessimistic

    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))


def mean_of_tasks(after, _):
    """The mean over tasks of the scores after."""
    return sum(after) / len(after)


def width(tasks, items=()):
    """How wide the interval of the mean over tasks is."""
    pairs = [np.column_stack([scores, np.ones(len(scores))]) for scores in tasks]
    low, high = draw(pairs, mean_of_tasks, 4_000, seed=0, items=items).ends(0.95)
    return high - low


def test_a_task_told_twice_is_no_surer_than_once():
    """Two forms of the same items that agree item by item hold what one of them holds, however often it is asked."""
    scores = np.tile([0.0, 1.0, 1.0], 30)
    once, twice = width([scores]), width([scores] * 2, ["same", "same"])

    assert twice == pytest.approx(once, rel=1e-6)
    assert width([scores] * 2) == pytest.approx(once / np.sqrt(2), rel=0.1)


def test_items_that_several_tasks_ask_count_once():
    """Asking a question in two forms does not make it two questions."""
    pairs = [np.ones((n, 2)) for n in (30, 20, 30)]
    assert draw(pairs, mean_of_tasks, 10, 0, items=["a", "", "a"]).n == 50
    assert draw(pairs, mean_of_tasks, 10, 0).n == 80


def test_forms_that_oppose_each_other_are_surer_than_each():
    """What one form loses the other gains: of their mean nothing but the imagined item is open."""
    scores = np.tile([0.0, 1.0], 45)
    assert width([scores, 1 - scores], ["same", "same"]) < width([scores, 1 - scores]) / 2


def test_other_tasks_are_drawn_as_ever_beside_those_that_share_items():
    """Names of their own, or none, change no weight; order and neighbours of a shared name do not matter."""
    rng = np.random.default_rng(3)
    tasks = [rng.integers(0, 2, n).astype(float) for n in (40, 25, 40)]
    pairs = [np.column_stack([scores, np.ones(len(scores))]) for scores in tasks]

    def third(after, _):
        return after[2]

    plain, named = (draw(pairs, mean_of_tasks, 200, 1, items=items).pessimistic for items in ((), ("a", "", "b")))
    assert np.array_equal(plain, named)
    shared = draw(pairs, third, 200, 1, items=["a", "", "a"]).pessimistic
    alone = draw([pairs[0], pairs[2]], lambda after, _: after[1], 200, 1, items=["a", "a"]).pessimistic
    assert np.array_equal(shared, alone)


@pytest.mark.slow
@pytest.mark.parametrize("correlated", [False, True])
def test_coverage_holds_where_two_forms_ask_the_same_items(correlated):
    """Of 400 samples of 60 items at most 5 % and its error lie outside; where forms agree, own weights miss more."""
    rng = np.random.default_rng(0)
    missed = {"together": 0, "apart": 0}
    for _ in range(400):
        luck = rng.random((60, 2))
        forms = (luck[:, [0, 0]] if correlated else luck) < [0.7, 0.5]
        pairs = [np.column_stack([form.astype(float), np.ones(60)]) for form in forms.T]
        for name, items in (("together", ["same", "same"]), ("apart", ())):
            low, high = draw(pairs, mean_of_tasks, 1_000, seed=0, items=items).ends(0.95)
            missed[name] += not low <= 0.6 <= high

    assert missed["together"] / 400 < 0.075
    assert (missed["apart"] / 400 > 0.08) == correlated
