"""What the gate says of pairs of scores."""

import numpy as np
import pytest

from harness.decide.bootstrap import PairedTask
from harness.gate.decision import decide
from harness.gate.pairs import Pairing, Pairs

FEW = 800  # resamples of a simulated run


def pairs(name, base, new, chance=0.0):
    """A task whose items were paired."""
    return Pairs(
        name, "acc", PairedTask(name, tuple(map(float, new)), tuple(map(float, base)), chance), guessing="known"
    )


def decided(*tasks, keeps=0.95, **options):
    """The decision on some tasks."""
    return decide(Pairing(tasks, (), {}), keeps, **options)


def right(share, n=400):
    """Scores of which a share is 1."""
    return [1.0] * round(share * n) + [0.0] * (n - round(share * n))


def test_all_alike_is_kept():
    """No item changed, and there are enough of them."""
    found = decided(pairs("arc", right(0.8), right(0.8)))

    assert found.verdict == "kept"
    assert found.sentence.startswith("more than 0.95 is kept: 1.000 [")


def test_a_large_loss_is_broken():
    """With where."""
    found = decided(pairs("arc", right(0.8), right(0.8)), pairs("gsm8k", right(0.8), right(0.4)))

    assert found.verdict == "broken"
    assert found.sentence.startswith("less than 0.95 is kept on gsm8k (corrected for 3 questions)")
    assert [row.verdict for row in found.rows] == ["kept", "broken", "broken"]


def test_one_broken_task_among_many_breaks_the_gate():
    """A mean over nine untouched tasks does not hide it."""
    fine = [pairs(f"t{n}", right(0.8), right(0.8)) for n in range(9)]
    found = decided(*fine, pairs("gsm8k", right(0.8), right(0.6)))

    assert found.rows[-1].name == "all"
    assert found.rows[-1].retention.low > 0.95
    assert found.verdict == "broken"


def test_few_items_decide_nothing_and_say_how_many_would():
    """Eight right answers of eight keep any share."""
    found = decided(pairs("arc", right(1, 8), right(1, 8)))

    assert found.verdict == "undecided"
    assert 90 < found.rows[0].needed < 130
    assert f"about {round(found.rows[0].needed, -1)} items would" in found.sentence


def test_the_items_that_it_asks_for_decide():
    """Drawn anew to that number, with the same share lost, they are kept in about 80 % of the runs."""
    generator = np.random.default_rng(0)
    base, new = [1.0] * 197 + [0.0] * 3, [1.0] * 195 + [0.0] * 5
    needed = decided(pairs("arc", base, new), keeps=0.97).rows[0].needed
    kept = 0
    for _ in range(100):
        drawn = generator.integers(0, 200, needed)
        one = pairs("arc", [base[i] for i in drawn], [new[i] for i in drawn])
        kept += decided(one, keeps=0.97, resamples=FEW, advise=False).verdict == "kept"

    assert 60 < kept < 95


def test_what_is_broken_only_without_correction_is_undecided():
    """Of ten tasks one looks so by luck."""
    one = pairs("one", right(1, 100), right(0.87, 100))
    row = decided(one, *(pairs(f"t{n}", right(1, 30), right(1, 30)) for n in range(9))).rows[0]

    assert decided(one).verdict == "broken"
    assert row.retention.high < 0.95
    assert row.verdict == "undecided"


def test_items_that_would_decide_allow_for_the_correction():
    """More than there are, though the interval of all lies below the margin already."""
    found = decided(*(pairs(f"t{n}", right(1, 60), right(0.88, 60)) for n in range(4)))

    assert found.rows[-1].retention.high < 0.95
    assert "lies below 0.95, but not for certain among 5 questions; about 4" in found.sentence
    assert found.rows[-1].needed > 300


def test_a_base_at_its_floor_is_never_kept():
    """A coin in both, and a base that answers nothing."""
    coin = decided(pairs("arc", right(0.27), right(0.27), chance=0.25))
    mute = decided(pairs("gsm8k", right(0), right(0)))

    assert coin.verdict == mute.verdict == "not comparable"
    assert coin.sentence.startswith("no task is left that says anything (arc: the base scores 0.270")
    assert [row.verdict for row in (*coin.rows, *mute.rows)] == ["left out", "left out"]


def test_a_floor_beside_a_task_that_says_something_is_left_out():
    """The rest decides, and it is named."""
    found = decided(pairs("gsm8k", right(0), right(0)), pairs("arc", right(0.8), right(0.8)))

    assert found.verdict == "kept"
    assert [(row.name, row.verdict) for row in found.rows] == [("arc", "kept"), ("gsm8k", "left out")]


def test_a_task_asked_otherwise_stops_the_whole():
    """What was not compared is not kept; the others are shown all the same."""
    other = Pairs("gsm8k", "em", None, problems=("num_fewshot is 5 for the base and 0 for the new model",))
    found = decided(pairs("arc", right(0.8), right(0.8)), other)

    assert found.verdict == "not comparable"
    assert found.sentence.startswith("gsm8k: num_fewshot is 5 for the base and 0")
    assert [row.verdict for row in found.rows] == ["kept", "not comparable"]


def test_every_task_may_be_asked_to_be_kept():
    """One with few items is not known to be."""
    tasks = [pairs("arc", right(0.9, 4000), right(0.9, 4000)), pairs("few", right(0.9, 60), right(0.9, 60))]

    assert decided(*tasks).verdict == "kept"
    assert "by themselves 1 of the tasks decide nothing" in decided(*tasks).sentence
    assert decided(*tasks, every=True).verdict == "undecided"


def test_guessing_is_taken_off():
    """Half of what lies above one in four is lost, though two thirds of the score are left."""
    found = decided(pairs("arc", right(0.75), right(0.5), chance=0.25)).rows[0]

    assert found.retention.estimate == pytest.approx(0.5)


def test_flips_are_counted_both_ways():
    """Gains do not hide losses."""
    found = decided(pairs("arc", [1, 1, 1, 0] * 50, [1, 1, 0, 1] * 50)).rows[0]

    assert (found.lost, found.gained) == (50, 50)


def test_scores_between_0_and_1_count():
    """ROUGE of a summary."""
    found = decided(pairs("xsum", [0.8] * 300, [0.4] * 300))

    assert found.verdict == "broken"
    assert found.rows[0].lost == 300


def test_the_interval_is_that_of_the_contrast():
    """The delta method's, by a formula that shares nothing with ours: of 2,000 items the ends are as good as equal."""
    generator = np.random.default_rng(0)
    base = (generator.random(2000) < 0.7).astype(float)
    new = np.where(generator.random(2000) < 0.8, base, generator.random(2000) < 0.65).astype(float)
    found = decided(pairs("arc", base, new, chance=0.25)).rows[0].retention

    ratio = (new.mean() - 0.25) / (base.mean() - 0.25)
    spread = 1.96 * np.std(new - ratio * base, ddof=1) / (base.mean() - 0.25) / np.sqrt(2000)
    assert (found.low, found.high) == pytest.approx((ratio - spread, ratio + spread), abs=0.004)


def test_unknown_guessing_and_alike_scores_are_notes():
    """A reader should know both."""
    one = Pairs("arc", "acc", PairedTask("arc", (1.0,) * 200, (1.0,) * 200))
    notes = decide(Pairing((one,), (), {}), 0.95).notes

    assert notes[0] == "guessing is taken to score 0, not being known (--chance TASK=SHARE): arc"
    assert notes[1] == "every item scores the same in both: is it the same run?"
