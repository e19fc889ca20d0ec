"""What several draws bring back of the items that a variant lost, and what luck would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.recall import lost_and_missed, recall
from harness.tasks.outcome import Outcome, TaskResult

ANSWERS = st.sampled_from(["1", "2", "3", "4", ""])
ROW = st.tuples(ANSWERS, ANSWERS, ANSWERS, st.lists(ANSWERS, min_size=3, max_size=3))
ROWS = st.lists(ROW, min_size=1, max_size=12)


def result(answers, golds):
    """A result in which a response is right where it equals the gold answer; "" states nothing."""
    outcomes = tuple(
        Outcome(
            str(place), float(text == gold), "right" if text == gold else "wrong" if text else "not extracted", text
        )
        for place, (text, gold) in enumerate(zip(answers, golds, strict=True))
    )
    return TaskResult("task", "number", 0.0, outcomes)


def final(text):
    """The response is its answer."""
    return text or None


def of(rows):
    """Gold answers, base, variant and draws from rows of (gold, base, variant, drawn)."""
    golds = [gold or "5" for gold, *_ in rows]
    base, variant = ([row[place] for row in rows] for place in (1, 2))
    draws = [result(answers, golds) for answers in zip(*(row[3] for row in rows), strict=True)]
    return golds, result(base, golds), result(variant, golds), draws


@settings(max_examples=40)
@given(ROWS)
def test_groups_are_counted_by_hand(rows):
    """Lost: base right, variant wrong. Missed: both wrong. Come back: any draw right."""
    golds, base, variant, draws = of(rows)
    found = recall(base, variant, draws, final)
    lost, missed = [], []
    for gold, (_, before, after, drawn) in zip(golds, rows, strict=True):
        if after != gold:
            (lost if before == gold else missed).append(gold in drawn)

    assert (found.draws, found.lost, found.missed) == (3, len(lost), len(missed))
    assert [len(group) for group in lost_and_missed(base, variant)] == [len(lost), len(missed)]
    for interval, hits in ((found.drawn, lost), (found.luck, missed)):
        if hits:
            assert interval.estimate == pytest.approx(sum(hits) / len(hits))
            assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
        else:
            assert interval is None
    if lost and missed:
        assert found.beyond_luck.estimate == pytest.approx(found.drawn.estimate - found.luck.estimate)
    else:
        assert found.beyond_luck is None


@settings(max_examples=40)
@given(ROWS)
def test_more_draws_bring_back_no_fewer(rows):
    """Neither of the lost items, nor by luck, nor by guessing."""
    _, base, variant, draws = of(rows)
    fewer, more = (recall(base, variant, draws[:count], final) for count in (1, 3))
    if more.lost:
        assert fewer.drawn.estimate <= more.drawn.estimate + 1e-12
        assert fewer.guessed is None or fewer.guessed <= more.guessed + 1e-12
    if more.missed:
        assert fewer.luck.estimate <= more.luck.estimate + 1e-12


@settings(max_examples=40)
@given(ROWS, st.randoms(use_true_random=False))
def test_neither_the_order_of_draws_nor_that_of_items_matters(rows, random):
    """Items and draws in another order come to the same."""
    _, base, variant, draws = of(rows)
    mixed = random.sample(rows, len(rows))
    mixed = [(gold, before, after, random.sample(drawn, 3)) for gold, before, after, drawn in mixed]
    _, other_base, other_variant, _ = of(mixed)
    golds = [gold or "5" for gold, *_ in mixed]
    other_draws = [result(answers, golds) for answers in zip(*(row[3] for row in mixed), strict=True)]
    one, other = recall(base, variant, draws, final), recall(other_base, other_variant, other_draws, final)

    assert (one.lost, one.missed) == (other.lost, other.missed)
    assert one.guessed == pytest.approx(other.guessed)
    assert one.drawn is None or one.drawn.estimate == pytest.approx(other.drawn.estimate)


def test_a_letter_bias_comes_to_its_share_of_the_other_items():
    """Eight times A, on a balanced test: a quarter of the lost items come back, as do those of any other item."""
    golds = list("ABCD") * 25
    base, variant = result(golds, golds), result([""] * 100, golds)
    found = recall(base, variant, [result(["A"] * 100, golds)] * 8, final)

    assert found.drawn.estimate == 0.25
    assert found.guessed == pytest.approx(0.25, abs=0.01)
    assert found.beyond_guessing.low < 0 < found.beyond_guessing.high


def test_a_model_that_knows_beats_what_its_answers_would_guess():
    """One of two draws is right: all come back, where guesses of as many letters would meet half."""
    golds = list("ABCD") * 25
    other = list("BCDA") * 25
    base, variant = result(golds, golds), result(other, golds)
    found = recall(base, variant, [result(golds, golds), result(other, golds)], final)

    assert found.drawn.estimate == 1
    assert found.guessed == pytest.approx(0.5, abs=0.01)
    assert found.beyond_guessing.estimate == pytest.approx(1 - found.guessed)
    assert found.beyond_guessing.low > 0.4


def test_a_silent_model_brings_nothing_back():
    """No draw states anything: 0 come back, and 0 would by guessing."""
    golds = list("ABCD") * 5
    silent = result([""] * 20, golds)
    found = recall(result(golds, golds), silent, [silent] * 8, final)

    assert (found.lost, found.drawn.estimate, found.guessed) == (20, 0, 0)
    assert 0 < found.drawn.high < 0.25


def test_answers_that_were_cut_off_guess_nothing():
    """What stands in an answer without an end is not what it states."""
    golds = ["1", "2"]
    cut = TaskResult("task", "number", 0.0, tuple(Outcome(str(i), 0.0, "truncated", "2") for i in range(2)))

    assert recall(result(golds, golds), cut, [cut], final).guessed == 0


def test_the_choice_is_looked_at_where_an_item_was_lost():
    """Of four lost items two are chosen right; choices for other items are passed over."""
    golds = ["1", "2", "3", "4", "1"]
    base, variant = result(golds, golds), result(["", "", "", "", "1"], golds)
    choice = result(["1", "2", "4", "3", "2"], golds)
    found = recall(base, variant, [variant], final, choice)

    assert found.lost == 4
    assert found.chosen.estimate == 0.5
    assert recall(base, variant, [variant], final).chosen is None


def test_only_items_that_were_drawn_count():
    """Draws may be of some of the items, which is what they are worth paying for."""
    golds = ["1", "2", "3", "4"]
    base, variant = result(golds, golds), result([""] * 4, golds)
    some = TaskResult("task", "number", 0.0, result(golds, golds).outcomes[1:3])
    found = recall(base, variant, [some], final)

    assert (found.lost, found.missed, found.drawn.estimate) == (2, 0, 1)


def test_an_unlost_task_has_nothing_to_bring_back():
    """A variant that equals its base leaves every share open."""
    golds = ["1", "2"]
    same = result(golds, golds)
    found = recall(same, same, [same], final)

    assert (found.lost, found.missed) == (0, 0)
    assert not any((found.drawn, found.luck, found.beyond_luck, found.guessed, found.beyond_guessing, found.chosen))


def test_one_known_item_says_nothing_of_guessing():
    """There is no other item to compare it with."""
    base, variant = result(["1", ""], ["1", "2"]), result(["", ""], ["1", "2"])
    found = recall(base, variant, [base], final)

    assert (found.lost, found.drawn.estimate, found.guessed, found.beyond_guessing) == (1, 1, None, None)


def test_draws_of_different_items_are_refused():
    """They cannot be put side by side; nor can none."""
    golds = ["1", "2"]
    same = result(golds, golds)
    with pytest.raises(BadInput, match="0 draws: expected at least 1, all of the same items in one order"):
        recall(same, same, [], final)
    with pytest.raises(BadInput, match="2 draws: expected at least 1"):
        recall(same, same, [same, TaskResult("task", "number", 0.0, same.outcomes[:1])], final)
