from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.methods.method import PartScore
from harness.methods.tools.greedy import Rated, Step, by_tasks, greedy_layers, greedy_steps, in_parts, one_by_one
from harness.prune.plan import LayerPlan

GAINS = {0: 9.0, 1: -4.0, 2: -1.0, 3: -1.0, 4: -2.0}


@one_by_one
def additive(plan):
    """A score in which layers do not depend on each other."""
    return sum(GAINS[layer] for layer in plan.removed)


def test_each_step_keeps_what_went_before():
    """The cheapest goes first; a step's plan lacks all earlier layers, and its score is the plan's."""
    steps = list(greedy_layers(range(5), 3, 5, additive))

    assert steps[0] == Step(0, LayerPlan.without((0,), 5), 9.0)
    assert steps[2].plan == LayerPlan.without((0, 2, 3), 5)
    assert [step.row for step in steps] == [("0", 9.0), ("0,3", 8.0), ("0,2-3", 7.0)]


def test_of_equal_scores_the_larger_index_goes():
    """As 2602.01997 has it, whatever the order of the candidates."""
    assert [step.gone for step in greedy_layers([3, 2, 1], 2, 5, one_by_one(lambda _: 1.0))] == [3, 2]


def test_or_the_smaller_where_the_source_has_it_so():
    """SLEB and TALE go up and replace on strictly better."""
    steps = greedy_layers([3, 2, 1], 2, 5, one_by_one(lambda _: 1.0), smaller_goes=True)
    assert [step.gone for step in steps] == [1, 2]


def test_only_candidates_go():
    """The best layer of all stays if it is no candidate."""
    assert [step.gone for step in greedy_layers(range(1, 5), 1, 5, additive)] == [3]


def test_layers_that_only_together_cost_nothing_are_missed():
    """Greedy means no look-ahead: the best pair is not found where each of its layers is bad alone."""
    worth = {(1,): 0.1, (2,): 0.1, (3,): 0.5, (1, 3): 0.4, (2, 3): 0.3, (1, 2): 1.0}

    assert [step.gone for step in greedy_layers(range(1, 4), 2, 4, one_by_one(lambda plan: worth[plan.removed]))] == [
        3,
        1,
    ]


def test_a_search_that_is_stopped_scores_no_more():
    """Steps are made when they are asked for."""
    asked = []
    steps = greedy_layers(range(4), 3, 4, one_by_one(lambda plan: asked.append(plan) or 1.0))
    next(steps)

    assert len(asked) == 4


def test_too_few_candidates_are_refused():
    """Asking for more than may go is an error before anything is scored."""
    with pytest.raises(BadInput, match="3 are to be removed of 2 that may go"):
        next(greedy_steps([1, 2], 3, lambda gone: LayerPlan.without(gone, 4), one_by_one(lambda _: 0.0)))


def test_the_plans_of_a_step_are_rated_together():
    """So that what they share can be computed once."""
    steps = greedy_layers(range(4), 2, 4, lambda plans, _: [Rated(1, float(len(plans)))] * len(plans))

    assert [step.score for step in steps] == [4.0, 3.0]


def test_a_step_is_told_how_its_candidates_were_rated_before():
    """Nothing in the first; afterwards each by its own candidate, without the one that went."""
    told = []

    def rate(plans, before):
        told.append(before)
        return [Rated(len(plans), -float(plan.removed[-1])) for plan in plans]

    list(greedy_layers(range(3), 2, 3, rate))

    assert told == [[None, None, None], [Rated(3, -1.0), Rated(3, -2.0)]]


@dataclass
class Items:
    """What plans score on each of several items, and what was asked of them; a plan's scores are drawn by `draw`."""

    count: int
    draw: object
    asked: list = field(default_factory=list)
    known: dict = field(default_factory=dict)

    def scores(self, plan):
        """Of each item."""
        return self.known.setdefault(plan, [self.draw() for _ in range(self.count)])

    def whole(self, plan):
        """Their mean; all are asked."""
        self.asked += [(plan, item) for item in range(self.count)]
        return sum(self.scores(plan)) / self.count

    def at_most(self, plans, parts):
        """Each part is an item, and what was not asked is worth 1."""
        new = [(plan, item) for plan in plans for item in range(parts) if (plan, item) not in self.asked]
        self.asked += new
        return [sum([*self.scores(plan)[:parts], *[1.0] * (self.count - parts)]) / self.count for plan in plans]

    def per_layer(self, depth):
        """How often a plan without each layer alone was asked."""
        return [sum(plan.removed == (layer,) for plan, _ in self.asked) for layer in range(depth)]

    @property
    def in_parts(self):
        """A score that can be had item by item."""
        return PartScore(self.whole, self.at_most, self.count)


def outcome(steps):
    """What went in which order, and what was left each time."""
    return [(step.gone, step.plan, step.score) for step in steps]


@given(
    data=st.data(), values=st.sampled_from([(0.0, 1.0), (0.0, 0.5, 1.0), (0.9, 1.0), tuple(n / 7 for n in range(8))]),
    items=st.integers(1, 6), depth=st.integers(2, 6), smaller_goes=st.booleans(),
)  # fmt: skip
def test_a_search_that_drops_the_hopeless_ends_as_one_that_drops_nobody(data, values, items, depth, smaller_goes):
    """The same layers in the same order with the same scores, many ties included; no item is asked twice."""
    drawn = Items(items, lambda: data.draw(st.sampled_from(values)))
    rates = by_tasks(drawn.in_parts), one_by_one(drawn.whole)
    count = data.draw(st.integers(1, depth - 1))
    mine, theirs = (
        outcome(greedy_layers(range(depth), count, depth, rate, smaller_goes=smaller_goes)) for rate in rates
    )

    assert mine == theirs
    in_whole = sum(depth - gone for gone in range(count)) * items
    first = drawn.asked[:-in_whole]
    assert len(first) == len({*first}) <= in_whole


@given(data=st.data(), texts=st.integers(1, 5), depth=st.integers(2, 6))
def test_partial_sums_of_losses_drop_whoever_lost_more_than_the_best(data, texts, depth):
    """Any losses that are not negative, of any size: the same layers, order and sums, to the last bit."""
    loss = st.floats(0, 1e6) | st.sampled_from([0.0, 0.1, 0.2, 0.3, 1e-9])
    drawn = Items(texts, lambda: data.draw(loss))

    def meet(plans):
        return lambda places, parts: [-sum(drawn.scores(plans[place])[:parts]) / 7 for place in places]

    rates = in_parts(meet, texts), one_by_one(lambda plan: -sum(drawn.scores(plan)) / 7)
    mine, theirs = (outcome(greedy_layers(range(depth), depth - 1, depth, rate)) for rate in rates)

    assert mine == theirs


def test_only_the_likely_winner_is_asked_everything():
    """Of 40 items one layer costs 4, each other 30: these are behind once 5 are wrong, or 4 where ties go to it."""
    right = {5: [1.0] * 36 + [0.0] * 4}
    items = Items(40, None)
    items.scores = lambda plan: right.get(plan.removed[-1], [0.0] * 30 + [1.0] * 10)
    (step,) = greedy_layers(range(8), 1, 8, by_tasks(items.in_parts))

    assert (step.gone, step.score) == (5, 0.9)
    assert items.per_layer(8) == [4, 4, 4, 4, 4, 40, 5, 5]


@pytest.mark.parametrize(("before", "leader"), [([None] * 3, 2), ([Rated(2, 0.9), Rated(9, 0.1), Rated(1, 0.8)], 1)])
def test_of_equals_who_lasted_longest_in_the_step_before_is_asked_everything(before, leader):
    """Whatever its bound was; in the first step the preferred one is. The other equal one is asked what it takes."""
    items = Items(10, None)
    items.scores = lambda plan: [float(plan.removed[0] > 0)] * 10
    by_tasks(items.in_parts)([LayerPlan.without((layer,), 3) for layer in range(3)], before)

    assert items.per_layer(3) == ([1, 1, 10] if leader == 2 else [1, 10, 10])


def test_nobody_is_asked_more_before_somebody_can_be_dropped():
    """As long as the leader is expected to end behind what all others can still come to, all go on together."""
    items = Items(10, None)
    items.scores = lambda plan: [[0.0, 1.0] * 5, [0.0, 0.0, 1.0, 1.0, 1.0] * 2][plan.removed[0]]
    by_tasks(items.in_parts)([LayerPlan.without((layer,), 2) for layer in range(2)], [None, None])

    assert [layer for plan, _ in items.asked for layer in plan.removed][:4] == [0, 1, 0, 1]


def test_who_is_ahead_on_the_same_items_is_asked_everything():
    """The first to be asked has its wrong items late; another, who has fewer of them, takes its turn."""
    items = Items(10, None)
    items.scores = lambda plan: [
        [1.0, 0.0, *[1.0] * 4, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, *[1.0] * 7],
        [0.0, 0.0, 0.0, *[1.0] * 7],
    ][plan.removed[0]]
    by_tasks(items.in_parts)([LayerPlan.without((layer,), 3) for layer in range(3)], [Rated(1, 1.0), None, None])

    assert items.per_layer(3) == [10, 10, 2]


def test_a_bare_score_is_asked_whole():
    """As a method gets it that is asked by hand, or under observation."""
    assert by_tasks(lambda plan: 1.0 * len(plan.kept))([LayerPlan.full(3)], [None]) == [Rated(1, 3.0)]


def test_an_undefined_score_is_refused():
    """Where it stands would decide which layer goes."""
    scores = iter([1.0, float("nan"), 2.0])
    with pytest.raises(BadInput, match=r"the score of the model without 1 is undefined \(NaN\); expected a number"):
        list(greedy_layers(range(3), 1, 5, one_by_one(lambda _: next(scores))))
