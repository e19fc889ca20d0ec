"""Spearman's correlation over layers, with an interval over items."""

import random

import numpy as np
import pytest
from scipy.stats import spearmanr

from harness.decide.association import (
    at_depths,
    disagreement_over_depth,
    spearman_over_layers,
)
from harness.decide.designs import design_of
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge
from harness.errors import BadInput
from harness.selfcheck.simulated.orders import Agreement, mostly_little
from harness.selfcheck.simulated.setting import Asked, Setting

FEW = 200  # resamples


def table(means, items=60, seed=0):
    """Layers whose items are right with a probability each."""
    rng = random.Random(seed)
    return [[float(rng.random() < mean) for _ in range(items)] for mean in means]


def test_the_estimate_is_scipys():
    """On the layers' means."""
    first, second = table((0.1, 0.5, 0.3, 0.9, 0.6)), table((0.2, 0.4, 0.8, 0.7, 0.1), seed=1)
    exact = spearmanr([sum(row) / 60 for row in first], [sum(row) / 60 for row in second]).statistic

    assert spearman_over_layers(first, second, resamples=FEW).estimate == pytest.approx(exact)


def test_what_rises_together_has_an_interval_above_zero():
    """Twelve layers, the same order in both measures."""
    means = [layer / 12 for layer in range(12)]
    found = spearman_over_layers(table(means), table(means, seed=1), resamples=FEW)

    assert found.low > 0.5
    assert found.p_value < 0.05


def test_what_is_unrelated_has_an_interval_around_zero():
    """An order and its scramble."""
    first = table([layer / 8 for layer in range(8)])
    second = table([0.5, 0.1, 0.8, 0.3, 0.9, 0.2, 0.6, 0.4], seed=1)
    found = spearman_over_layers(first, second, resamples=FEW)

    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ([[1, 0]] * 2, [[1, 0]] * 2, "at least 3 layers and 2 items"),
        ([[1, 0]] * 3, [[1, 0, 1]] * 3, "expected the same for both"),
        ([[1, 0], [1], [0, 1]], [[1, 0]] * 3, "expected as many in every layer"),
        ([[1, float("nan")]] * 3, [[1, 0]] * 3, "not a finite number"),
        ([[1, 0]] * 3, [[1, 0], [0, 0], [1, 1]], "has no ranks"),
    ],
)
def test_what_has_no_ranks_is_refused(first, second, says):
    """One sentence each."""
    with pytest.raises(BadInput, match=says):
        spearman_over_layers(first, second, resamples=FEW)


def test_items_of_which_some_tell_no_layers_apart_leave_an_interval():
    """One item of five tells the layers apart: draws without it have no ranks, and no warning is anybody's failure."""
    rows = [[float(layer), 1.0, 1.0, 1.0, 1.0] for layer in range(4)]

    assert spearman_over_layers(rows, rows, resamples=FEW).estimate == pytest.approx(1)


UP = [0.05 + 0.9 * layer / 11 for layer in range(12)]
MIXED = [UP[layer] for layer in (5, 11, 0, 8, 2, 10, 4, 1, 9, 3, 7, 6)]


def families(one, other, items=60, seed=0):
    """Evidence of claim 13: of two models, right before and lost without a layer with a probability each."""
    lost = {"one": table(one, items, seed), "other": table(other, items, seed + 1)}
    return {
        role: [SeededTask(str(layer), (1.0,) * items, (tuple(1 - x for x in row),)) for layer, row in enumerate(rows)]
        for role, rows in lost.items()
    }


def verdict_of(one, other, items=60, seed=0):
    """What claim 13 comes to."""
    return judge(design_of("positions-vary-by-family"), families(one, other, items, seed), FEW)


def test_disagreement_is_what_other_items_would_show():
    """With so many items that luck is nothing, it is 1 - scipy's correlation of the means, at two equal depths."""
    first, second = table(UP, 4_000), table(MIXED, 4_000, seed=1)
    exact = 1 - spearmanr(UP, MIXED).statistic

    assert disagreement_over_depth(first, second).estimate == pytest.approx(exact, abs=0.02)


def test_noise_is_no_disagreement():
    """Two tables of one order: luck blurs the plain correlation, and not the one net of noise."""
    near = [0.3 + 0.4 * layer / 11 for layer in range(12)]
    plain = [spearman_over_layers(table(near, 60, k), table(near, 60, k + 50), resamples=2).estimate for k in range(8)]
    net = [1 - disagreement_over_depth(table(near, 60, k), table(near, 60, k + 50)).estimate for k in range(8)]

    assert sum(plain) / 8 < 0.9
    assert sum(net) / 8 == pytest.approx(1, abs=0.06)


def test_another_number_of_layers_is_no_disagreement():
    """One profile with a peak, at 24 and at 30 layers, where no place is the same but the ends."""

    def peak(depth):
        return [0.05 + 0.9 * float(np.exp(-(((layer / (depth - 1) - 0.6) / 0.15) ** 2))) for layer in range(depth)]

    assert disagreement_over_depth(table(peak(24), 200), table(peak(30), 200, seed=1)).estimate < 0.1


@pytest.mark.parametrize(("rows", "depth"), [(5, 5), (5, 3), (3, 5), (9, 4)])
def test_depths_run_from_the_first_layer_to_the_last(rows, depth):
    """Read linearly: a straight line stays one, whatever its number of layers."""
    line = np.linspace(0.0, 1.0, rows)

    assert at_depths(line, depth) == pytest.approx(np.linspace(0.0, 1.0, depth))
    assert at_depths(np.stack([line, 1 - line], axis=1), depth)[:, 1] == pytest.approx(np.linspace(1.0, 0.0, depth))


def test_two_orders_that_differ_vary_by_family():
    """Where each model's own order is reliable."""
    assert verdict_of(UP, MIXED).verdict == "reproduced"


@pytest.mark.parametrize("depth", [12, 10])
def test_one_order_in_two_models_does_not(depth):
    """However many layers the other has."""
    other = list(at_depths(np.array(UP), depth))

    assert verdict_of(UP, other, items=150).verdict == "contradicted"


@pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_coin_does_not_vary_by_family(rate, seed):
    """Layers that are all worth the same, nothing or everything, have no order that could differ: not testable."""
    found = verdict_of([rate] * 12, UP, seed=seed)

    assert found.verdict == "not testable"
    assert "the layers' order is not told from luck" in found.reason


def test_models_asked_other_items_are_refused():
    """One sentence."""
    with pytest.raises(BadInput, match="expected the same items, at least 4"):
        disagreement_over_depth(table(UP, 60), table(UP, 59))


def test_few_items_that_all_agree_decide_nothing():
    """Two models that lose everything or nothing, item by item alike: there is no spread to tell luck by."""
    rows = [[float(layer % 2)] * 8 for layer in range(12)]
    found = disagreement_over_depth(rows, rows)

    assert (found.low, found.high, found.p_value) == (0, 2, 1)


def test_luck_does_not_agree_beyond_agreement():
    """It takes the corrected correlation beyond 1; what is reported stays in [0, 2] and keeps its width."""
    near = [0.3 + 0.4 * layer / 11 for layer in range(12)]
    found = [disagreement_over_depth(table(near, 60, k), table(near, 60, k + 50)) for k in range(8)]

    assert min(each.estimate for each in found) == 0
    assert all(0 <= each.low <= each.estimate < each.high <= 2 and each.p_value > 0 for each in found)


@pytest.mark.parametrize("above", [True, False])
def test_layers_that_lose_almost_the_same_do_not_disagree_by_luck(above):
    """A true correlation near .5, most layers losing little: hardly an interval lies on the wrong side of .5."""
    design, asked = design_of("layer-importance-is-invariant"), (Asked("g", 150, 0.8),)
    setting, world = Setting({"one": asked, "other": asked}, layers=12), Agreement(0.5, mostly_little, above=above)
    wrong = 0
    for run in range(30):
        rng = np.random.default_rng(run)
        started = world.start(rng, design, setting)
        kept = {"one": ["g"], "other": ["g"]}
        found = judge(design, world.evidence(rng, design, setting, started, kept), FEW).verdict
        wrong += found == ("contradicted" if above else "reproduced")

    assert wrong <= 2
