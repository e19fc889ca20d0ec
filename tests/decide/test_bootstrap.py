import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.decide.bootstrap import PairedTask, retention_gap, retention_interval, score_drop
from harness.errors import BadInput

FEW = 400  # resamples; enough for a property
binary = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=3, max_size=30)


def task(name, pairs, chance=0.0):
    """A PairedTask from (base, pruned) pairs."""
    return PairedTask(name, tuple(p for _, p in pairs), tuple(b for b, _ in pairs), chance)


def simulate(rng, n, base, pruned):
    """N independent items that the base gets right with probability `base`, the pruned model with `pruned`."""
    return [(float(rng.random() < base), float(rng.random() < pruned)) for _ in range(n)]


@settings(deadline=None, max_examples=25)
@given(binary)
def test_unchanged_model_keeps_everything(pairs):
    """Where nothing changed, retention is 1 and the gap 0, both inside their intervals."""
    same = task("t", [(1.0, 1.0), *[(base, base) for base, _ in pairs]])
    kept = retention_interval([same], resamples=FEW)
    gap = retention_gap([same], [same], resamples=FEW)

    assert kept.estimate == 1.0
    assert kept.low <= 1.0 <= kept.high
    assert gap.estimate == 0.0
    assert gap.low <= 0.0 <= gap.high


@settings(deadline=None, max_examples=25)
@given(binary)
def test_interval_contains_its_estimate(pairs):
    """The estimate lies inside its interval, and a p-value is a probability."""
    drop = score_drop(task("t", pairs), resamples=FEW)

    assert drop.low <= drop.estimate <= drop.high
    assert 0.0 < drop.p_value <= 1.0


def test_gap_by_hand():
    """Two of four kept against one of four: retention .5 - .25."""
    spared = task("a", [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0), (1.0, 0.0)])
    hit = task("b", [(1.0, 1.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0)])

    assert retention_gap([spared], [hit], resamples=FEW).estimate == 0.25


def test_chance_correction_by_hand():
    """A four-option task that falls from .75 to .5 keeps (.5 - .25) / (.75 - .25) = half of what was not guessing."""
    pairs = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]

    assert retention_interval([task("t", pairs, chance=0.25)], resamples=FEW, corrected=True).estimate == 0.5


def test_wider_confidence_gives_a_wider_interval():
    """Correcting for many looks widens the interval."""
    pairs = simulate(random.Random(0), 60, 0.8, 0.5)
    narrow, wide = (score_drop(task("t", pairs), confidence) for confidence in (0.9, 0.999))

    assert wide.low < narrow.low < narrow.high < wide.high


def test_same_seed_same_interval():
    """The bootstrap is deterministic."""
    pairs = simulate(random.Random(0), 60, 0.8, 0.5)

    assert score_drop(task("t", pairs)) == score_drop(task("t", pairs))


def test_no_effect_is_rarely_reproduced():
    """Without an effect, an interval lies above 0 in about 2.5 % of runs; 200 runs allow 6 %."""
    rng = random.Random(1)
    above = sum(score_drop(task("t", simulate(rng, 80, 0.6, 0.6)), resamples=FEW).low > 0 for _ in range(200))

    assert above <= 12


def test_base_that_scores_nothing_is_refused():
    """A retention over 0 is a sentence, not a division."""
    with pytest.raises(BadInput, match="the base model scores 0 on all 3 items, so retention is undefined"):
        retention_interval([task("t", [(0.0, 1.0)] * 3)])


def test_base_at_chance_is_refused():
    """Chance correction needs a base that knows something."""
    with pytest.raises(BadInput, match=r"the base model scores 0.250 and guessing 0.250"):
        retention_interval([task("t", [(1.0, 1.0), *[(0.0, 0.0)] * 3], chance=0.25)], corrected=True)


def test_groups_that_both_resample_to_nothing_still_get_an_interval():
    """Resamples of +inf and -inf are left out in silence; the rest decide."""
    improved, moved = task("a", [(1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]), task("b", [(1.0, 0.0), (0.0, 1.0), (0.0, 1.0)])
    gap = retention_gap([improved], [moved], resamples=FEW)

    assert gap.low <= gap.estimate <= gap.high
    assert gap.estimate == 0.0


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (PairedTask("t", (1.0,), (1.0, 1.0)), "task t: 1 pruned and 2 base scores"),
        (PairedTask("t", (), ()), "task t: 0 pruned and 0 base scores"),
        (PairedTask("t", (float("nan"),), (1.0,)), "task t: a score is not a finite number"),
        (PairedTask("t", (1.5,), (1.0,)), r"task t: a score is 1.5; expected scores in \[0, 1\]"),
        (PairedTask("t", (1.0,), (-0.5,)), r"task t: a score is -0.5; expected scores in \[0, 1\]"),
    ],
    ids=["unpaired", "empty", "undefined", "above 1", "below 0"],
)
def test_scores_that_cannot_be_paired_are_refused(bad, sentence):
    """What cannot be resampled in pairs gets a sentence."""
    with pytest.raises(BadInput, match=sentence):
        score_drop(bad)


def test_an_empty_group_is_refused():
    """A group without tasks has no retention."""
    with pytest.raises(BadInput, match="0 tasks"):
        retention_gap([], [task("t", [(1.0, 1.0)])])


def test_a_coverage_that_is_no_share_is_refused():
    """95 is not 0.95."""
    with pytest.raises(BadInput, match="confidence 95: expected a share"):
        score_drop(task("t", [(1.0, 1.0)]), confidence=95)
