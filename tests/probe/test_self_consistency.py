"""Votes among several answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.probe.self_consistency import gains, mean_scores, voted, winner
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.word_problems import flexible

FINALS = st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=12)


def result(*answers):
    """One sample: (text, score, finish) of each item."""
    outcomes = tuple(
        Outcome(str(place), score, "", text, finish=finish) for place, (text, score, finish) in enumerate(answers)
    )
    return TaskResult("t", "number", 0.0, outcomes)


@given(FINALS)
def test_nobody_has_more_votes_than_the_winner(finals):
    """And of those with as many, none appears earlier."""
    chosen = finals[winner(finals)]
    if chosen is None:
        assert set(finals) == {None}
        return
    assert finals.index(chosen) == winner(finals)
    for other in set(finals) - {None, chosen}:
        votes, rival = finals.count(chosen), finals.count(other)
        assert votes > rival or (votes == rival and finals.index(chosen) < finals.index(other))


def test_the_majority_wins_and_its_gain_is_over_the_mean():
    """Two of three answers agree on 7, which is right: 1 - 2/3."""
    samples = [result(("#### 9", 0.0, "stop")), result(("so #### 7", 1.0, "stop")), result(("#### 7", 1.0, "stop"))]

    assert voted(samples, flexible).outcomes[0].response == "so #### 7"
    assert gains(samples, flexible) == (pytest.approx(1 / 3),)
    assert mean_scores(samples) == (pytest.approx(2 / 3),)


def test_a_wrong_majority_costs():
    """The gain is negative where the vote outvotes the right answer."""
    samples = [result(("#### 7", 1.0, "stop")), result(("#### 9", 0.0, "stop")), result(("#### 9", 0.0, "stop"))]

    assert gains(samples, flexible) == (pytest.approx(-1 / 3),)


def test_answers_that_did_not_end_have_no_vote():
    """Two loops that mention 9 lose against one answer that ended."""
    samples = [result(("9 9", 0.0, "loop")), result(("9", 0.0, "length")), result(("#### 7", 1.0, "stop"))]

    assert voted(samples, flexible).scores == (1.0,)


def test_without_votes_the_first_answer_stands():
    """Nothing to choose by."""
    samples = [result(("none", 0.0, "stop")), result(("9", 0.0, "loop"))]

    assert voted(samples, flexible).outcomes[0].response == "none"


def test_one_answer_gains_nothing():
    """A vote of one is that one."""
    assert gains([result(("#### 7", 1.0, "stop"), ("", 0.0, "length"))], flexible) == (0.0, 0.0)


@pytest.mark.parametrize("samples", [[], [result(("7", 1.0, "stop")), result()]])
def test_samples_of_other_items_are_refused(samples):
    """They cannot be counted together."""
    with pytest.raises(BadInput, match=f"{len(samples)} samples: expected at least 1, all of the same items"):
        gains(samples, flexible)
