"""Variants whose answers go together as they are said to."""

import numpy as np
import pytest

from harness.decide.designs import DESIGNS
from harness.decide.flips import apart
from harness.decide.set_designs import BY_OBJECTIVE, GRID
from harness.selfcheck.simulated.demoted import Demoted
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.selfcheck.simulated.variants import Variants, crossed, grouped
from tests.selfcheck.simulated.drawing import drawn_variants

MANY = 20_000
SETS = DESIGNS["answers-agree-within-an-objective"]


def test_variants_of_one_label_differ_as_much_as_is_said():
    """Shares of the items that two of one label, and of two, answer differently; half are right."""
    (task,) = drawn_variants(Variants(grouped(BY_OBJECTIVE, 0.15, 0.30)), SETS, MANY)["chosen"]
    within, between = (np.mean(apart(task, pairs)) for pairs in (BY_OBJECTIVE.within, BY_OBJECTIVE.between))

    assert (within, between) == (pytest.approx(0.15, abs=0.01), pytest.approx(0.30, abs=0.01))
    assert np.mean(task.runs) == pytest.approx(0.5, abs=0.01)


def test_texts_and_criteria_differ_as_much_as_is_said():
    """Each on its own, and both together more."""
    design = DESIGNS["texts-choose-more-than-criteria"]
    (task,) = drawn_variants(Variants(crossed(GRID, 0.30, 0.20)), design, MANY)["chosen"]
    by_text, by_criterion = (np.mean(apart(task, pairs)) for pairs in (GRID.by_text, GRID.by_criterion))

    assert (by_text, by_criterion) == (pytest.approx(0.30, abs=0.01), pytest.approx(0.20, abs=0.01))
    assert np.mean(apart(task, [(0, 3)])) > 0.33


def test_shuffled_variants_have_labels_that_mean_nothing():
    """Another place in every run."""
    world = Variants(grouped(BY_OBJECTIVE, 0.0, 0.5), shuffled=True)
    setting = Setting({"chosen": (Asked("g", 50, 0.9),)})
    groups = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = world.evidence(rng, SETS, setting, world.start(rng, SETS, setting), {"chosen": ["g"]})
        runs = found["chosen"][0].runs
        groups.add(tuple(runs.index(run) for run in runs))

    assert len(groups) > 5


def test_lost_items_come_back_as_often_as_is_said():
    """Of each group, whose sizes are shares of what the base writes rightly."""
    design = DESIGNS["lost-answers-are-demoted"]
    written = (Asked("w", MANY, 0.9),)
    setting = Setting({"choice": (Asked("c", MANY, 0.9, 4),), "recognised": written, "lost": written})
    rng, world = np.random.default_rng(0), Demoted(0.5, 0.2, lost=0.6, recognised=0.25)
    kept = {role: [asked.task for asked in tasks] for role, tasks in setting.roles.items()}
    found = world.evidence(rng, design, setting, world.start(rng, design, setting), kept)
    (again,), (otherwise,) = found["recognised"], found["lost"]

    assert np.mean(again.runs) == pytest.approx(0.5, abs=0.03)
    assert np.mean(otherwise.runs) == pytest.approx(0.2, abs=0.03)
    assert len(again.base) == pytest.approx(MANY * 0.9 * 0.6 * 0.25, rel=0.05)
    assert len(otherwise.base) == pytest.approx(MANY * 0.9 * 0.6 * 0.75, rel=0.05)
    assert np.mean(found["choice"][0].runs) == pytest.approx(0.25 + 0.6 * 0.65, abs=0.02)
