"""What jobs come to, and what several checks pay for once."""

from dataclasses import replace

import pytest

from harness.foresee.lengths import SHARES, Lengths, Usual, elsewhere, usual_of
from harness.foresee.work import (
    FILLED,
    Beginning,
    Model,
    Piece,
    Rates,
    Training,
    Work,
    new_of,
    of_pieces,
    of_training,
)
from harness.prune.plan import LayerPlan

MODEL = Model(layers=4, body=400, head=30, vocabulary=10, weights=1720, bytes=4, cache_bytes=8, attention=0.0)
RATES = Rates(pass_seconds=1.0, token_seconds=0.5, step_seconds=2.0, row_seconds=0.25, logit_seconds=0.125)


def piece(keys="ab", variant="v", layers=4, limits=(), plans=()):
    asked = {(variant, key) for key in keys}
    return Piece("task", 20, 30, 2, 6, 40, layers, limits, "base", asked, set(plans))


def test_reading_is_counted_and_timed():
    """Two passes over thirty tokens, and six logits."""
    found = of_pieces([piece()], MODEL, RATES, Lengths())

    assert found == Work(
        prompts=20, read=30, layer_passes=8, flops=30 * 800 + 60 * 6, seconds=2 + 15 + 0.75, bytes=1720 + 320 + 480
    )


def test_a_variant_in_a_sweep_runs_its_own_layers():
    """Half of the layers take half of the time; the output layer is asked all the same."""
    whole, half = (of_pieces([piece(layers=layers)], MODEL, RATES, Lengths()) for layers in (4, 2))

    assert half.layer_passes == whole.layer_passes / 2
    assert half.seconds - 0.75 == (whole.seconds - 0.75) / 2
    assert half.prompts == whole.prompts


def test_writing_is_expected_and_bounded():
    """Nothing is known of the task, so a share of the limits is expected; the longest row decides the steps."""
    found = of_pieces([piece(limits=(10, 10))], MODEL, RATES, Lengths())
    written, steps = 2 * SHARES["base"] * 10, 10 - (10 - SHARES["base"] * 10) / 2

    assert (found.most, found.written) == (20, written)
    assert found.layer_passes == 4 * (2 + steps)
    assert found.seconds == pytest.approx(2 + 15 + steps * 2 + written * 0.25)


def test_a_batch_that_others_follow_takes_the_steps_of_a_full_one():
    """Its longest row is written beside others: nine tenths of its places are taken in every step."""
    alone = piece(limits=(10, 10))
    followed = replace(alone, followed=True)
    written = 2 * SHARES["base"] * 10

    assert of_pieces([followed], MODEL, RATES, Lengths()).layer_passes == 4 * (2 + written / 2 / FILLED)
    short = Lengths({("task", "base"): Usual(4, 4)})
    assert of_pieces([followed], MODEL, RATES, short) == of_pieces([alone], MODEL, RATES, short)


def test_stored_answers_say_how_long_others_are():
    """Of the same kind of variant where it has enough; else of the base, longer as elsewhere."""
    lengths = Lengths()
    for number in range(5):
        lengths.note("task", "base", ("v", str(number)), 6)
    assert lengths.expected("task", "base", 10) == 6
    assert lengths.expected("task", "pruned", 10) == 6
    assert lengths.expected("other", "pruned", 10) == SHARES["pruned"] * 10

    known = Lengths({("task", "base"): Usual(3, 5), ("task", "pruned"): Usual(4, 5)}, lengths.known)
    assert known.usual("task", "pruned", 10) == Usual(8, 10)
    assert Lengths(known.elsewhere).usual("task", "pruned", 10) == Usual(4, 5)
    assert known.table() == {"task": {"base": {"mean": 6, "longest": 6}}}


def test_an_answer_seen_twice_counts_once():
    """A check may read it at every look."""
    lengths = Lengths()
    for number in range(9):
        lengths.note("task", "base", ("v", str(number % 4)), 6)
    assert lengths.stored("task", "base") is None


def test_the_longest_is_of_fifty():
    """So one answer that ran to its limit is no batch's usual length."""
    assert usual_of([4] * 99 + [100]) == Usual(4.96, 4)


def test_what_two_checks_ask_is_paid_once():
    """The second pays for the half that is new; another variant's answers of the same names are others."""
    known = set()
    first = new_of([piece("abcd", limits=(5, 5, 5, 5))], known)
    second = new_of([piece("cdef", limits=(5, 5, 5, 5)), piece("cd", variant="w")], known)

    assert [one.read for one in first] == [30]
    assert [(one.read, one.prompts, len(one.limits)) for one in second] == [(15, 10, 2), (30, 20, 0)]
    assert new_of([piece("abcdef")], known) == []


def test_a_training_run_is_several_passes():
    """Forward, and backward to what enters."""
    found = of_training(Training("run", tokens=10, steps=3, layers=2, passes=2.0), MODEL, RATES)

    assert (found.trained, found.flops) == (10, 20 * (400 + 60))
    assert found.seconds == 0.5 * (6 + 10)


def test_a_beginning_that_stays_as_it_is_runs_once_per_example():
    """Three layers of four on six tokens in two passes, beside the last one in every step."""
    run = Training("run", tokens=10, steps=3, layers=1, passes=3.0, beginning=Beginning(3, 6, 2))
    found, last = of_training(run, MODEL, RATES), of_training(replace(run, beginning=None), MODEL, RATES)

    assert found.trained == last.trained
    assert found.flops - last.flops == pytest.approx(6 * 3 / 4 * 2 * 400)
    assert found.seconds - last.seconds == pytest.approx(3 / 4 * (2 + 6 * 0.5))
    assert run.scaled(0.5) == replace(run, tokens=5, beginning=Beginning(3, 3, 2))


def test_variants_that_answer_as_one_batch_share_their_beginnings():
    """Four layers, and each of the last two removed: nine layers for three prompts; a step calls each layer once."""
    plans = [LayerPlan.full(4), *(LayerPlan.without((layer,), 4) for layer in (2, 3))]
    one = piece(limits=(10, 10, 10), plans=plans)

    assert one.read_through == (4 + 1 + 0) / 3
    assert one.written_through == (4 + 3 + 3) / 3
    assert of_pieces([one], MODEL, RATES, Lengths({("task", "base"): Usual(5, 5)})).layer_passes == 4 * (2 + 5)


def test_what_models_usually_write_is_known_by_tier():
    """What was trained again writes as the base does; a task that nobody was asked is left to its limit."""
    lengths = Lengths(elsewhere("gpu"))

    assert lengths.usual("gsm8k", "base", 400).mean > 100
    assert Lengths(elsewhere("tiny")).usual("code", "recovered", 80) == elsewhere("tiny")["code", "base"]
    assert lengths.expected("xsum", "base", 100) == 100 * SHARES["base"]
