"""How many layers may go, on ladders whose truth is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from harness.decide.cuts import judged, reach
from harness.decide.seeds import SeededTask

KEEPS, BASE, ITEMS = 0.9, 0.9, 300
CORRELATION = 0.8  # of an item's latent scores under two variants


def ladder(rng, kept, base=BASE, items=ITEMS):
    """Base scores, and for each depth scores of a variant that keeps such a share, on the same items."""
    difficulty = rng.normal(size=items)

    def answers(accuracy):
        latent = np.sqrt(CORRELATION) * difficulty + np.sqrt(1 - CORRELATION) * rng.normal(size=items)
        return tuple((latent < ndtri(accuracy)).astype(float).tolist())

    return answers(base), [answers(base * share) for share in kept]


def cut_down(rng, kept, groups=1, **how):
    """The answer of one run."""
    base, variants = ladder(rng, kept, **how)
    cuts = []
    for layers, scores in enumerate(variants, 1):
        task = [SeededTask("task", base, (scores,))]
        cuts.append(judged(layers, task, KEEPS, cuts, len(kept), groups, resamples=500))
        if cuts[-1].outcome == "broken":
            break
    return reach(cuts)


LADDERS = {
    "falls slowly": (1.0, 0.99, 0.97, 0.94, 0.88, 0.7, 0.3),
    "falls off a cliff": (1.0, 1.0, 1.0, 0.2, 0.1, 0.05),
    "just below from the first on": (0.895,) * 6,
    "just above to the end": (0.905,) * 6,
    "broken at once": (0.3, 0.1, 0.0),
    "comes back": (1.0, 0.6, 1.0, 1.0),
}


def errs(kept, found):
    """Whether a run says that layers may go of which one too many goes, or that too many are few enough."""
    may = next((place for place, share in enumerate(kept) if share < KEEPS), len(kept))
    return found.kept > may or (found.broken is not None and kept[found.broken - 1] >= KEEPS)


def wrong(name, runs):
    """How many of so many runs err."""
    rng = np.random.default_rng(0)
    return sum(errs(LADDERS[name], cut_down(rng, LADDERS[name])) for _ in range(runs))


@pytest.mark.parametrize("name", LADDERS)
def test_a_planted_ladder_is_told_rightly(name):
    """Wrong in no more than 5 % of runs, within chance: 40 of them here."""
    assert wrong(name, 40) <= 5  # more come of 5 % once in 70 times


@pytest.mark.slow
@pytest.mark.parametrize("name", LADDERS)
def test_in_400_runs_no_more_than_one_in_twenty_errs(name):
    """The acceptance of the command."""
    assert wrong(name, 400) <= 20


def test_a_cliff_is_found_exactly():
    """With a clear fall, both answers meet: three may go, four are too many."""
    found = [cut_down(np.random.default_rng(seed), LADDERS["falls off a cliff"], items=1000) for seed in range(10)]
    assert all((one.kept, one.broken) == (3, 4) for one in found)


def test_a_larger_cut_is_kept_only_if_all_smaller_ones_were():
    """What comes back behind a break is never reached."""
    found = cut_down(np.random.default_rng(0), LADDERS["comes back"], items=1000)
    assert (found.kept, found.broken) == (1, 2)


def test_more_groups_ask_for_more_certainty():
    """The error of one run is shared among them."""
    base, (after,) = ladder(np.random.default_rng(1), (0.95,))
    task = [SeededTask("task", base, (after,))]
    one, four = (judged(1, task, KEEPS, [], 6, groups).retention for groups in (1, 4))

    assert (one.confidence, four.confidence) == (0.95, pytest.approx(0.9875))
    assert four.low < one.low < one.high < four.high


def test_nothing_kept_and_nothing_broken_is_said():
    """An empty ladder, and one that stays undecided."""
    assert reach([]) == reach([judged(1, [SeededTask("t", (1.0, 1.0), ((1.0, 0.0),))], KEEPS, [], 1, 1)])
