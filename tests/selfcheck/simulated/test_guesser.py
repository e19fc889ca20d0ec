"""A guesser on the first claim, simulated once more without `harness.decide`: both come to the same.

Nothing here shares code with the tool: answers are drawn by coins of their own, and the interval (Bayesian bootstrap
over single items, with one imagined worst or best item per task, as docs/statistics.md says) is written anew.
"""

from dataclasses import replace

import numpy as np
import pytest

N, CHANCE, BASE, MINIMUM, MARGIN = 100, 0.25, 0.6, 0.10, 0.05
CHOICES, OPEN = 3, 2
RUNS, RESAMPLES = 250, 400


def ends(spared, hit, weights):
    """Lower and upper 2.5 % of the corrected gap; scores are (base, pruned) rows of (tasks, items)."""
    tasks = [(*pair, CHANCE) for pair in zip(*spared, strict=True)] + [(*pair, 0.0) for pair in zip(*hit, strict=True)]
    found = []
    for side in (-1, 1):
        kept = []
        for place, (base, pruned, chance) in enumerate(tasks):
            toward = side if place < CHOICES else -side  # which way this task's retention moves the gap that way
            kept.append(retained(base, pruned, chance, toward, weights[place]))
        gap = np.mean(kept[:CHOICES], axis=0) - np.mean(kept[CHOICES:], axis=0)
        found.append(np.quantile(gap, 0.025 if side < 0 else 0.975))
    return found


def retained(base, pruned, chance, toward, weights):
    """Corrected retention under each weighting, the imagined item (the last weight) pulling it `toward`."""
    b, p = base.mean(), pruned.mean()

    def with_one(new_base, new_pruned):
        n = len(base)
        return ((n * p + new_pruned) / (n + 1) - chance) / ((n * b + new_base) / (n + 1) - chance)

    new = max(((i, j) for i in (0.0, 1.0) for j in (0.0, 1.0)), key=lambda item: toward * with_one(*item))
    return (weights @ np.append(pruned, new[1]) - chance) / (weights @ np.append(base, new[0]) - chance)


def own_shares(seed):
    """How often a guesser's gap lies above the minimum, below it, and neither, where every task passes."""
    rng, decided = np.random.default_rng(seed), []
    for _ in range(RUNS):
        spared = rng.random((2, CHOICES, N)) < np.array([BASE, CHANCE])[:, None, None]
        hit = np.array([rng.random((OPEN, N)) < BASE, np.zeros((OPEN, N))])
        weights = rng.exponential(size=(CHOICES + OPEN, RESAMPLES, N + 1))
        weights /= weights.sum(axis=2, keepdims=True)
        low, high = ends(spared.astype(float), hit.astype(float), weights)
        decided.append(1 if low > MINIMUM else -1 if high < MINIMUM else 0)
    return [np.mean(np.equal(decided, verdict)) for verdict in (1, -1, 0)]


def test_two_simulations_of_a_guesser_agree():
    """Without its condition the claim is contradicted as often by either; with it, it is never decided."""
    from harness.decide.designs import DESIGNS
    from harness.selfcheck.simulated.power import rates
    from harness.selfcheck.simulated.setting import Asked, Setting
    from harness.selfcheck.simulated.truths import truths_of

    design = DESIGNS["classification-vs-generative-gap"]
    choices = tuple(Asked(f"choice {place}", N, BASE, options=4) for place in range(CHOICES))
    setting = Setting({"spared": choices, "hit": tuple(Asked(f"open {place}", N, BASE) for place in range(OPEN))})
    guesser = next(truth for truth in truths_of(design.claim).every() if truth.name == "a guesser")
    tools = rates(replace(design, conditions=()), setting, guesser, RUNS, resamples=RESAMPLES)
    own = own_shares(1)

    assert 0.1 < tools.contradicted < 0.9  # something that two implementations can disagree about
    for theirs, ours in zip((tools.reproduced, tools.contradicted, tools.inconclusive), own, strict=True):
        assert theirs == pytest.approx(ours, abs=3 * np.sqrt(2 * 0.25 / RUNS))
    assert rates(design, setting, guesser, 20, resamples=RESAMPLES).not_testable == 1
