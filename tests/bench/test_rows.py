"""Rows of the benchmark on the tiny model with few items: equal answers and counts by formula; never a clock."""

import pytest

from harness.bench import searches, turns
from harness.bench.items import choices, texts
from harness.bench.lm_eval_hf import needed
from harness.bench.rows import rows
from harness.bench.setting import Setting
from harness.prune.ratio import layer_count
from harness.score.reading import scoring_jobs
from harness.selfcheck.machine import Machine
from harness.subject import Subject
from harness.tasks.calibration import parse_calibration
from harness.tasks.source import Bundled

ITEMS, LAYERS = 4, 12


@pytest.fixture(scope="module")
def setting(tiny):
    """The tiny model, on a machine of round figures, once under count; what a clock would say is made up."""
    machine = Machine("cpu", "cpu", 10**9, None, "float32", 1e9, 1e9)
    subject = Subject(tiny, "tiny", Bundled(), ITEMS, None, shown=parse_calibration("wikitext2:2x16"))
    with pytest.MonkeyPatch.context() as patch:  # of the searches, which take longest, less
        patch.setattr("harness.bench.searches.RATIO", 0.1)
        patch.setattr("harness.subject.choices.selection_splits", lambda *_: {"headlines": "selection"})
        patch.setattr(turns, "_timed", lambda *_: turns._Time(1.0, 1.0))  # of `test_turns.py`
        yield Setting(subject, ITEMS, machine, ("events",), turns=1)


@pytest.fixture(scope="module")
def found(setting):
    """Rows that were run, by name."""
    known = {}
    return lambda name: known.setdefault(name, None) or known.update({name: rows()[name](setting)}) or known[name]


ELSEWHERE = ("harness.bench.processes", "harness.bench.recovery")
"""Rows with tests of their own."""


@pytest.mark.parametrize("name", [name for name, row in rows().items() if row.__module__ not in ELSEWHERE])
def test_both_give_the_same_answers(found, name):
    """Of every row and of each of its parts."""
    row = found(name)

    assert row.name == name
    assert (row.equal, row.differs) == (True, "")
    assert all(part.equal for part in row.parts)
    assert row.ours.flops > 0
    assert row.theirs.flops > 0


def test_options_of_one_context_share_it(found, setting):
    """One pass of a batch, and no more tokens than what rows begin with once: nothing is padding."""
    row, (part,) = found("classification"), found("classification").parts
    requests = choices(setting, "events", 0, ITEMS)
    mine, theirs = needed(requests, setting.loaded.tokenizer)
    batches = len(list(scoring_jobs(requests, setting.scorer().desk)))

    assert part.name == "events, 0 shots"
    assert row.ours.counts["layer_passes"] == LAYERS * batches
    assert row.ours.counts["padded_share"] == 0
    assert row.ours.counts["layer_tokens"] == LAYERS * row.ours.counts["prefilled_tokens"]
    assert (row.ours.counts["needed_tokens"], row.theirs.counts["needed_tokens"]) == (mine, theirs)
    assert mine < theirs / 2


def test_a_sweep_costs_half_of_the_layers(found):
    """L for the unpruned model, L(L-1)/2 for its variants and one that is run for nothing."""
    row = found("sweep_loglikelihood")

    assert row.ours.counts["layer_passes"] == LAYERS + LAYERS * (LAYERS - 1) / 2 + 1
    assert row.theirs.counts["layer_passes"] == LAYERS + LAYERS * (LAYERS - 1)


def test_a_checkpoint_that_was_rewritten_costs_its_passes_too(found):
    """Ours is the same sweep."""
    row = found("sweep_checkpoint_rewrite")

    assert row.ours.counts["layer_passes"] == found("sweep_loglikelihood").ours.counts["layer_passes"]
    assert row.theirs.counts["layer_passes"] == LAYERS + LAYERS * (LAYERS - 1)


def test_plans_share_what_they_begin_with(found):
    """Without the last k: one pass of all layers with a layer run for nothing per plan; no scoreboard costs more."""
    curve, board = found("depth_curve"), found("scoreboard")

    assert curve.ours.counts["layer_passes"] == LAYERS + LAYERS - 1
    assert curve.theirs.counts["layer_passes"] == LAYERS * (LAYERS + 1) / 2
    assert board.ours.counts["layer_passes"] < board.theirs.counts["layer_passes"]


def test_a_search_shares_what_its_candidates_begin_with(found, setting):
    """All layers but two may go: of m left a step costs m-2 and (m-2)(m-1)/2 passes, and not (m-2)(m-1)."""
    (row, _), texts = found("greedy_selection").parts, setting.few
    left = [LAYERS - gone for gone in range(layer_count(searches.RATIO, LAYERS))]
    alone = sum((layers - 2) * (layers - 1) for layers in left)

    assert row.theirs.counts["layer_passes"] == texts * alone
    assert row.ours.counts["layer_passes"] == texts * (alone / 2 + sum(layers - 2 for layers in left))


def test_a_search_by_scores_reads_a_prompt_once_for_all_its_candidates(found):
    """The peer reads it once for each of 11 and the base."""
    _, row = found("greedy_selection").parts

    assert row.ours.counts["prefilled_tokens"] < row.theirs.counts["prefilled_tokens"] / 2
    assert row.ours.counts["decode_steps"] < row.theirs.counts["decode_steps"] / 4


def test_variants_that_write_as_one_batch_take_the_steps_of_one(found):
    """No more steps than the variant with the longest answer, where one after the other they add up."""
    merged, _ = found("sweep_generation").parts

    assert merged.ours.counts["decode_steps"] < merged.theirs.counts["decode_steps"] / (LAYERS / 2)
    assert merged.ours.counts["prefilled_tokens"] <= merged.theirs.counts["prefilled_tokens"] / (LAYERS + 1)


def test_places_of_answers_that_ended_are_taken(found):
    """Of six variants fewer steps than batch after batch, for as many tokens; one row has no place to take."""
    alone, together = found("refill").parts
    assert alone.ours.counts["decode_steps"] <= alone.theirs.counts["decode_steps"]
    assert together.ours.counts["decode_steps"] < together.theirs.counts["decode_steps"]
    for part in (alone, together):
        assert part.ours.counts["decoded_tokens"] < 1.25 * part.theirs.counts["decoded_tokens"]


def test_recoveries_that_write_as_one_batch_take_the_steps_of_one(found):
    """The longest answer's, where one after the other they add up."""
    row = found("adapters")

    assert row.ours.counts["decode_steps"] <= row.theirs.counts["decode_steps"] / 2
    assert row.ours.counts["prefilled_tokens"] == row.theirs.counts["prefilled_tokens"]


def test_prompts_are_read_once_and_written_on_together(found, setting):
    """A pass for the prompts, then a step for all; no more steps than the longest answer has tokens."""
    row, asked = found("generation"), texts(setting, "word_problems", ITEMS)

    for side in (row.ours, row.theirs):
        assert side.counts["layer_passes"] == LAYERS * (1 + side.counts["decode_steps"])
        assert side.counts["decode_steps"] < max(request.max_new_tokens for request in asked)
    assert row.ours.counts["decoded_tokens"] <= row.theirs.counts["decoded_tokens"]
    assert row.ours.counts["prefilled_tokens"] == row.theirs.counts["prefilled_tokens"]
