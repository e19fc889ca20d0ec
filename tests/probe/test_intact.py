"""Losses in text that is no worse than the base's, and in other text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.degeneration import (
    degenerate,
    intact,
    losses_by_text,
    lost_in_intact_text,
)
from tests.probe.answers import CLEAN, MIDDLE, REPETITIVE, outcome, result


def test_intact_text_is_no_more_repetitive_than_the_bases():
    """The bar is one of the base's own, over the task and not item by item; of few answers it is the highest."""
    base = result(outcome(CLEAN, item_id="1"), outcome(MIDDLE, item_id="2"), outcome(CLEAN, item_id="3"))
    pruned = result(outcome(MIDDLE, item_id="1"), outcome(CLEAN, item_id="2"), outcome(REPETITIVE, item_id="3"))

    assert intact(base, pruned) == (True, True, False)


def test_one_repetitive_answer_of_many_does_not_raise_the_bar():
    """1 of 20 is beyond the 95th percentile, where a maximum would let everything pass; 2 of 20 are not."""
    for odd, passes in ((1, False), (2, True)):
        texts = [REPETITIVE] * odd + [CLEAN] * (20 - odd)
        base = result(*(outcome(text, item_id=str(place)) for place, text in enumerate(texts)))
        pruned = result(*(outcome(REPETITIVE, item_id=str(place)) for place in range(20)))
        assert intact(base, pruned) == (passes,) * 20


def test_the_bar_is_of_answers_that_ended():
    """A base that loops often calls no repetition intact, and one that never ends calls nothing intact."""
    base = result(outcome(REPETITIVE, "loop", item_id="1"), outcome(CLEAN, item_id="2"))
    pruned = result(outcome(REPETITIVE, item_id="1"), outcome(CLEAN, item_id="2"))

    assert intact(base, pruned) == (False, True)
    assert intact(result(outcome(CLEAN, "length")), result(outcome(CLEAN))) == (False,)


@pytest.mark.parametrize("text", ["", " \n", "...", "( ) }"])
def test_a_mute_answer_is_no_intact_text(text):
    """It ended and repeats nothing, but it has no word and no number."""
    assert intact(result(outcome(CLEAN)), result(outcome(text))) == (False,)
    assert intact(result(outcome(CLEAN)), result(outcome("18"))) == (True,)


@pytest.mark.parametrize("finish", ["length", "loop"])
def test_an_answer_that_did_not_end_is_not_intact(finish):
    """However clean its words are."""
    assert intact(result(outcome(CLEAN)), result(outcome(CLEAN, finish))) == (False,)


def test_intact_needs_generated_answers():
    """A chosen option has no text."""
    with pytest.raises(BadInput, match="matter of generated answers"):
        intact(result(outcome("1", None)), result(outcome("2", None)))


def test_only_intact_answers_can_lose():
    """Wrong and intact loses; wrong and looping, or mute, keeps the base's score."""
    base = result(*(outcome(CLEAN, score=1.0, item_id=str(i)) for i in range(4)))
    pruned = result(
        outcome(CLEAN, item_id="0"),
        outcome(CLEAN, "loop", item_id="1"),
        outcome(CLEAN, score=1.0, item_id="2"),
        outcome("", item_id="3"),
    )

    assert lost_in_intact_text(base, pruned) == (0.0, 1.0, 1.0, 1.0)


def test_gains_in_intact_text_count_against_losses():
    """One item lost and one gained, both in intact text: nothing is lost."""
    base = result(outcome(CLEAN, score=1.0, item_id="0"), outcome(CLEAN, item_id="1"))
    pruned = result(outcome(CLEAN, item_id="0"), outcome(CLEAN, score=1.0, item_id="1"))

    assert sum(base.scores) == sum(lost_in_intact_text(base, pruned))


@settings(deadline=None)  # the first example imports nltk
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["stop", "length", "loop"])), min_size=1))
def test_scores_in_intact_text_lie_between_base_and_pruned(items):
    """Each item keeps one of its two scores, the pruned one exactly where the answer is intact."""
    base = result(*(outcome(CLEAN, score=float(b), item_id=str(i)) for i, (b, _, _) in enumerate(items)))
    pruned = result(*(outcome(CLEAN, end, float(p), str(i)) for i, (_, p, end) in enumerate(items)))

    expected = tuple(float(p if end == "stop" else b) for b, p, end in items)
    assert expected == lost_in_intact_text(base, pruned)


def test_degenerate_text_is_text_that_is_not_intact():
    """Cut, looping, too repetitive, or without a word; an empty answer is neither."""
    base = result(*(outcome(CLEAN, item_id=str(i)) for i in range(6)))
    given = [
        (CLEAN, "stop"),
        (CLEAN, "length"),
        (CLEAN, "loop"),
        (REPETITIVE, "stop"),
        ("...", "stop"),
        (" \n", "stop"),
    ]
    pruned = result(*(outcome(text, finish, item_id=str(i)) for i, (text, finish) in enumerate(given)))

    assert degenerate(base, pruned) == (False, True, True, True, True, False)
    assert intact(base, pruned) == (True, False, False, False, False, False)


def test_losses_are_told_apart_by_what_the_answer_is():
    """Only items that were right can be lost, and each counts under one kind of text."""
    base = result(*(outcome(CLEAN, score=float(i < 5), item_id=str(i)) for i in range(6)))
    given = [(CLEAN, 1.0), (CLEAN, 0.0), (REPETITIVE, 0.0), (REPETITIVE, 1.0), ("", 0.0), (REPETITIVE, 0.0)]
    pruned = result(*(outcome(text, score=score, item_id=str(i)) for i, (text, score) in enumerate(given)))

    assert losses_by_text(base, pruned) == {"intact": (0.0, 1.0), "degenerate": (1.0, 0.0), "empty": (1.0,)}


@given(
    st.lists(
        st.tuples(st.sampled_from([CLEAN, REPETITIVE, "", "..."]), st.sampled_from(["stop", "length"]), st.booleans()),
        min_size=1,
    )
)
def test_every_loss_has_one_kind_of_text(given_answers):
    """Together they are the losses; what is degenerate is never intact."""
    base = result(*(outcome(CLEAN, score=1.0, item_id=str(i)) for i in range(len(given_answers))))
    pruned = result(
        *(outcome(text, how, float(right), item_id=str(i)) for i, (text, how, right) in enumerate(given_answers))
    )
    lost = losses_by_text(base, pruned)

    assert sum(map(sum, lost.values())) == sum(not right for _, _, right in given_answers)
    assert not any(a and b for a, b in zip(intact(base, pruned), degenerate(base, pruned), strict=True))
