"""How differently variants answer: on answers that can be counted by hand."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.designs import DESIGNS
from harness.decide.flips import Crossed, Labelled, apart, labels_tell, more_apart
from harness.decide.seeds import SeededTask
from harness.decide.set_designs import BY_OBJECTIVE, CRITERIA, GRID, OBJECTIVES, TEXTS
from harness.decide.verdict import judge
from harness.methods.rank import registered
from harness.selfcheck.simulated.variants import Variants, crossed, grouped
from tests.selfcheck.simulated.drawing import drawn_variants

SETS, CHOOSE = (DESIGNS[claim] for claim in ("answers-agree-within-an-objective", "texts-choose-more-than-criteria"))
TASK = SeededTask("t", (1.0,) * 4, ((1.0, 1.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.5)))


def test_variants_are_apart_by_what_they_score_differently():
    """Per item, the mean over pairs."""
    assert apart(TASK, [(0, 1)]) == (0.0, 1.0, 0.0, 0.0)
    assert apart(TASK, [(0, 1), (0, 2)]) == (0.5, 1.0, 0.5, 0.25)


def test_the_effect_is_a_difference_of_means():
    """Over tasks that count equally, of far pairs minus near ones."""
    other = SeededTask("u", (1.0,) * 2, ((1.0, 1.0), (1.0, 1.0), (0.0, 0.0)))
    found = more_apart("chosen", [(0, 2)], [(0, 1)])({"chosen": [TASK, other]}, SETS.level(resamples=200))

    assert found.estimate == pytest.approx(((3.5 / 4 - 1 / 4) + 1.0) / 2)
    assert found.low <= found.estimate <= found.high


@given(st.integers(1, 4), st.integers(1, 3))
def test_a_grid_pairs_what_differs_in_one_thing(criteria, texts):
    """Oracle: the names of both."""
    grid, names = Crossed(criteria, texts), [(c, t) for c in range(criteria) for t in range(texts)]
    every = [(a, b) for a in range(len(names)) for b in range(a + 1, len(names))]

    assert sorted(grid.by_text) == [(a, b) for a, b in every if names[a][0] == names[b][0]]
    assert sorted(grid.by_criterion) == [(a, b) for a, b in every if names[a][1] == names[b][1]]


def test_labels_pair_every_two_variants_once():
    """Of one label, or of two."""
    labelled = Labelled(("a", "b", "a", "b", "b"))

    assert labelled.within == [(0, 2), (1, 3), (1, 4), (3, 4)]
    assert len(labelled.between) == 6
    assert not set(labelled.within) & set(labelled.between)


def share_below(evidence, labels):
    """Oracle of the condition: every permutation of the labels, counted."""
    (task,) = evidence["chosen"]

    def separated(given):
        of = Labelled(tuple(given))
        far, near = ([sum(apart(task, [pair])) for pair in pairs] for pairs in (of.between, of.within))
        return sum(far) / len(far) - sum(near) / len(near)

    every = [separated(way) for way in permutations(labels)]
    return sum(one < separated(labels) - 1e-9 for one in every) / len(every)


@pytest.mark.parametrize("labels", [("a", "a", "b", "b", "b"), ("a", "b", "a", "b", "b")])
def test_the_labels_are_held_against_every_other_grouping(labels):
    """Two variants that are alike, and three that are."""
    runs = ((1.0, 1.0, 0.0, 0.0, 0.0, 0.0), (1.0, 1.0, 0.0, 0.0, 0.0, 1.0), *((0.0, 0.0, 1.0, 1.0, 1.0, 0.0),) * 3)
    evidence = {"chosen": [SeededTask("t", (1.0,) * 6, runs)]}
    found = labels_tell("chosen", Labelled(labels), 0.95).measure(evidence, SETS.level())

    assert found.low == found.high == pytest.approx(share_below(evidence, labels))


def test_the_methods_are_ours_and_the_groups_are_as_written_down():
    """Seven methods, four and three; three criteria on two kinds of text."""
    assert {*OBJECTIVES, *CRITERIA} <= set(registered())
    assert [list(OBJECTIVES.values()).count(label) for label in ("states", "loss")] == [4, 3]
    assert (len(BY_OBJECTIVE.within), len(BY_OBJECTIVE.between)) == (9, 12)
    assert (len(GRID.by_text), len(GRID.by_criterion)) == (3, 6)
    assert (GRID.criteria, GRID.texts) == (len(CRITERIA), len(TEXTS))


@pytest.mark.parametrize(
    ("design", "alike", "verdict"),
    [
        (SETS, grouped(BY_OBJECTIVE, 0.1, 0.3), "reproduced"),
        (SETS, grouped(BY_OBJECTIVE, 0.25, 0.25), "contradicted"),
        (SETS, grouped(BY_OBJECTIVE, 0.0, 0.0), "not testable"),
        (SETS, grouped(Labelled(("x", "x", "y", "y", "x", "x", "y")), 0.05, 0.35), "contradicted"),
        (CHOOSE, crossed(GRID, 0.35, 0.15), "reproduced"),
        (CHOOSE, crossed(GRID, 0.15, 0.35), "contradicted"),
        (CHOOSE, crossed(GRID, 0.0, 0.0), "not testable"),
    ],
)
def test_what_is_plain_is_decided(design, alike, verdict):
    """Groups by label, no groups, nothing that differs, and groups that cut across the labels."""
    assert judge(design, drawn_variants(Variants(alike), design)).verdict == verdict


def test_one_pair_of_groups_that_other_labels_separate_as_well_reproduces_nothing():
    """Two methods that are one: their objective looks better than it is, and another grouping does as well."""
    labelled = Labelled(("a", "a", "a", "b", "b"))
    runs = ((1.0,) * 20, (1.0,) * 20, *((float(at % 2),) * 20 for at in range(3)))
    evidence = {"chosen": [SeededTask("t", (1.0,) * 20, runs)]}
    condition = labels_tell("chosen", labelled, 0.95)

    assert condition.blocks == ("reproduced",)
    assert condition.measure(evidence, SETS.level()).low < 0.95
