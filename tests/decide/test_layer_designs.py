"""Neighbouring papers' claims about single layers, on answers whose verdict is plain."""

import numpy as np
import pytest

from checks.neighbours.sweeps import averaged
from harness.decide.designs import DESIGNS
from harness.decide.effects import best_task, rise_of, said_of_layers
from harness.decide.seeds import SeededTask
from harness.decide.testable import decidable, hopeless, unfit
from harness.decide.verdict import judge

HALVES, LIKELIHOOD, HELPS, COSINE = (
    DESIGNS[claim]
    for claim in (
        "second-half-costs-less",
        "likelihood-spares-other-layers",
        "one-layer-less-helps",
        "cosine-is-a-poor-proxy",
    )
)
N = 200


def answers(share, n=N):
    """So many right of so many."""
    right = round(share * n)
    return (1.0,) * right + (0.0,) * (n - right)


def half(*shares):
    """One task, the mean over layers that keep so much of it."""
    return averaged([SeededTask("sums", answers(1.0), tuple(map(answers, shares)))])


def layers(*kept):
    """Layers without which so much of what was right stays right, whichever items that are."""
    draw = np.random.default_rng(len(kept))
    return [
        SeededTask(str(place), answers(1.0), (tuple(draw.permutation(answers(share)).tolist()),))
        for place, share in enumerate(kept)
    ]


def test_a_mean_over_layers_is_one_run():
    """Each item's mean score; layers are no training seeds, whose spread would widen the interval."""
    (task,) = half(1.0, 0.5)

    assert task.runs == ((1.0,) * 100 + (0.5,) * 100,)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [((0.2, 0.4), (0.8, 0.9), "reproduced"), ((0.8, 0.9), (0.2, 0.4), "contradicted"),
     ((1.0, 1.0), (1.0, 1.0), "contradicted"), ((0.0, 0.05), (0.0, 0.1), "not testable")],
)  # fmt: skip
def test_halves(first, second, verdict):
    """The claim, its opposite, nothing lost anywhere, and hardly anything left."""
    assert judge(HALVES, {"first": half(*first), "second": half(*second)}).verdict == verdict


KEPT = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95)


@pytest.mark.parametrize(("other", "verdict"), [(KEPT, "contradicted"), (KEPT[::-1], "reproduced")])
def test_orders_by_likelihood_and_by_generation(other, verdict):
    """The same order, and the opposite one."""
    evidence = {"likelihood": layers(*KEPT), "generation": layers(*other)}

    assert judge(LIKELIHOOD, evidence).verdict == verdict


def test_an_evaluation_that_every_layer_leaves_as_it_is_has_no_order():
    """What only luck tells apart decides nothing."""
    evidence = {"likelihood": layers(*(1.0,) * 10), "generation": layers(*KEPT)}

    assert judge(LIKELIHOOD, evidence).verdict == "not testable"


@pytest.mark.parametrize(
    ("cosine", "verdict"),
    [
        (tuple(1 - kept for kept in KEPT), "contradicted"),
        ((0.3, 0.1, 0.5, 0.2, 0.4, 0.6, 0.7, 0.0, 0.9, 0.8), "reproduced"),
    ],
)
def test_cosines_beside_what_layers_cost(cosine, verdict):
    """Cosines in the order of the losses, and in none."""
    evidence = {"removed": layers(*KEPT), "cosine": said_of_layers(cosine, N)}

    assert judge(COSINE, evidence).verdict == verdict


def test_what_a_criterion_says_has_no_luck():
    """Items that all say the same, as a loss: so the correlation is corrected for the losses' luck alone."""
    (layer,) = said_of_layers([0.25], 3)

    assert (layer.base, layer.runs) == ((0.25,) * 3, ((0.0,) * 3,))


def raised(*rises):
    """A layer without which two tasks of .5 rise by so much."""
    return {"raised": [SeededTask(f"task {place}", answers(0.5), (answers(0.5 + rise),))
                       for place, rise in enumerate(rises)]}  # fmt: skip


@pytest.mark.parametrize(
    ("sweep", "verdict", "place"),
    [
        ([raised(0.0, 0.0), raised(-0.3, 0.25), raised(0.0, 0.0)], "reproduced", 1),
        ([raised(0.0, 0.0), raised(-0.3, -0.2), raised(0.0, 0.0)], "contradicted", 0),
        ([raised(0.0, 0.0), raised(0.08, 0.0), raised(0.0, 0.0)], "inconclusive", 1),
    ],
)
def test_one_layer_less(sweep, verdict, place):
    """One layer raises one task and costs another; none raises any; one may."""
    judged = judge(HELPS, sweep)

    assert (judged.verdict, judged.place) == (verdict, place)


def test_the_best_task_pays_for_the_others():
    """Its interval is wider than if it had been the only one."""
    at = HELPS.level(resamples=2000)
    both = best_task("raised", rise_of)(raised(0.2, 0.0), at)
    alone = best_task("raised", rise_of)(raised(0.2), at)

    assert both.estimate == alone.estimate == pytest.approx(0.2)
    assert both.low < alone.low
    assert both.p_value >= alone.p_value


@pytest.mark.parametrize(
    ("scores", "chance", "why"),
    [
        (answers(0.5), 0.0, ""),
        (answers(0.99), 0.0, "the base is at 0.990 already, which leaves no room to rise"),
        (answers(0.02), 0.0, "the base scores 0.020"),
        (answers(0.25), 0.25, "the base scores 0.250"),
    ],
)
def test_a_task_that_may_gain_has_room_and_something_known(scores, chance, why):
    """A guess can be raised by luck, and what is right already by nothing."""
    assert unfit(scores, chance, "gains").startswith(why)
    assert bool(unfit(scores, chance, "gains")) == bool(why)


def test_a_base_that_is_always_right_is_refused_before_any_layer_is_removed():
    """With what would help; tasks with room stay."""
    full, room = (answers(1.0), 0.0), (answers(0.6), 0.0)

    assert not decidable(HELPS, {"raised": {"sums": full}}, 12).open
    assert decidable(HELPS, {"raised": {"sums": full, "facts": room}}, 12).kept == {"raised": ("facts",)}


@pytest.mark.parametrize("share", [0.04, 0.94])
def test_few_items_at_either_end_do_not_end_it(share):
    """A slice hopes for what it lacks: room where nearly all is right, something known where hardly anything is."""
    assert hopeless(HELPS, {"raised": {"sums": (answers(share, 50), 0.0)}}, {"sums": 2000}, 12) is None
