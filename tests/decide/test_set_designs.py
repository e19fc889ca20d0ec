"""Claims about parts that go and about text, on answers whose verdict is plain."""

import pytest

from checks.neighbours.chosen import jaccard, mean_jaccard
from checks.neighbours.test_lost_answers_are_demoted import groups, hits
from harness.decide.designs import DESIGNS
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge
from harness.prune.plan import LayerPlan
from harness.tasks.outcome import Outcome, TaskResult

UNITS, LOOPS = (DESIGNS[claim] for claim in ("attention-costs-less-than-mlps", "loops-rise-while-accuracy-holds"))
N = 300


def answers(share, n=N):
    """So many right of so many, spread over the items."""
    return tuple(float(at * share % 1 + share >= 1) for at in range(n))


def kept(share, base=1.0, chance=0.0):
    """One task of which so much is right after, and so much was before."""
    return [SeededTask("t", answers(base), (answers(share),), chance)]


@pytest.mark.parametrize(
    ("attention", "mlps", "verdict"),
    [(0.9, 0.4, "reproduced"), (0.5, 0.5, "contradicted"), (0.3, 0.9, "contradicted"), (0.03, 0.0, "not testable")],
)
def test_attention_and_mlps(attention, mlps, verdict):
    """The claim, no difference, the opposite, and nothing left of either."""
    assert judge(UNITS, {"attention": kept(attention), "mlps": kept(mlps)}).verdict == verdict


@pytest.mark.parametrize(
    ("degenerate", "spared", "verdict"),
    [(0.2, 1.0, "reproduced"), (0.0, 1.0, "contradicted"), (0.2, 0.7, "not testable"), (0.0, 0.7, "not testable")],
)
def test_text_that_degenerates_while_accuracy_holds(degenerate, spared, verdict):
    """And where accuracy does not hold, neither says anything."""
    evidence = {"degenerate": kept(degenerate, 0.0), "spared": kept(spared), "answered": kept(1.0)}

    assert judge(LOOPS, evidence).verdict == verdict


def test_sets_are_alike_by_what_they_share():
    """Jaccard: both over either."""
    plans = [LayerPlan.without(layers, 12) for layers in ((1, 2, 3), (2, 3, 4), (7, 8, 9))]

    assert [jaccard(plans[0], other) for other in plans] == [1.0, 0.5, 0.0]
    assert mean_jaccard(plans, [(0, 1), (0, 2)]) == 0.25


def result(scores):
    """Results of items a, b, c and so on."""
    outcomes = tuple(Outcome(chr(97 + at), score, "right" if score else "wrong", "") for at, score in enumerate(scores))
    return TaskResult("t", "value", 0.0, outcomes)


def test_lost_items_are_sorted_by_what_is_still_chosen():
    """Only those that the base has right in both forms; and an item comes back where one draw is right."""
    base = {"written": result((1.0, 1.0, 1.0, 0.0, 1.0)), "choice": result((1.0, 1.0, 0.0, 1.0, 1.0))}
    pruned = {"written": result((0.0, 0.0, 0.0, 0.0, 1.0)), "choice": result((1.0, 0.0, 1.0, 1.0, 1.0))}

    assert groups(base, pruned, "written", "choice") == {"recognised": ["a"], "lost": ["b"]}
    assert hits([result((0.0, 0.0)), result((1.0, 0.0))], ["a", "b"]) == (1.0, 0.0)
