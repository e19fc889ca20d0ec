"""Steps that are played from a recording against steps that are run one by one; on a CPU a recording is another run."""

from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from harness.models.tally import tallies
from harness.prune.surgery import prune_layers
from harness.score import recorded, scorer
from harness.score.abilities import holds
from harness.score.adapters import adapted_together
from harness.score.replay import compared, recorder_of
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from harness.selfcheck.tiny_random import tiny_random
from harness.text.requests import GenerationRequest
from tests.score.plans import PROMPTS, any_plans, kept, requests, scorers
from tests.score.test_adapters import recovered

FAMILIES = ["llama", "qwen2", "gpt2", "gpt_neox", "falcon", "bloom", "opt", "mixtral", "cohere"]
ASKED = [
    GenerationRequest(text, limit, chat=False)
    for text, limit in zip(PROMPTS * 2, (4, 40, 7, 23, 12, 5, 9, 31, 6, 18, 3, 26), strict=False)
]


class Tape:
    """Records as a GPU does: what is played calls no hook, and recording does nothing but call hooks."""

    def __init__(self):
        self.recorded = self.played = 0

    def __call__(self, run):
        """As a `Recorder`."""
        self.recorded += 1
        model = run.__self__.model
        for tally in tallies(model):
            tally["recording"] += 1

        def play():
            self.played += 1
            before = [(tally, tally.copy()) for tally in tallies(model)]
            found = run()
            for tally, was in before:
                tally.clear()
                tally.update(was)
            return found

        return play


@pytest.fixture
def tape(monkeypatch):
    """Every decoder that could record on a GPU records on this, in rooms of seven tokens."""
    found = Tape()
    monkeypatch.setattr(recorded, "ROOM", 7)
    for place in ("generation", "sweep", "adapters"):
        monkeypatch.setattr(f"harness.score.{place}.recorder_of", lambda _: found)
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_a_recorded_step_gives_the_logits_of_a_pass_without_a_cache(family):
    """Asked as it is asked on a GPU."""
    model, tape = tiny_random(family), Tape()

    assert holds(model, lambda long, short: compared(model, tape, long, short))
    assert (tape.recorded, tape.played) == (1, 2)


def test_a_family_that_reads_its_own_numbers_is_found_out():
    """On a GPU it cannot be recorded; that the step itself is right does not make it hold."""
    model = tiny_random("llama")

    def failing(_):
        raise RuntimeError("operation not permitted when stream is capturing")

    assert not holds(model, lambda long, short: compared(model, failing, long, short))


def test_whether_a_model_may_be_recorded_is_asked_at_nobody_s_cost(tiny, monkeypatch):
    """Before the layer passes of what is written are counted."""
    order = []
    counted = scorer.depth_asserted
    monkeypatch.setattr("harness.score.answering.recorder_of", lambda _: order.append("asked"))
    monkeypatch.setattr(scorer, "depth_asserted", lambda *given: order.append("counted") or counted(*given))
    Scorer(tiny.model, tiny.tokenizer).generations(ASKED[:1])

    assert order == ["asked", "counted"]


@pytest.mark.parametrize("family", ["tiny", "gemma2", "mistral"])
def test_texts_and_counts_are_those_of_steps_one_by_one(tiny, make_random, family, tape):
    """Rows leave and join on the way, rooms and windows are used up; every layer pass is counted."""
    model = tiny.model
    if family != "tiny":
        config = deepcopy(make_random(family, vocabulary=len(tiny.tokenizer)).config)
        config.sliding_window = 24
        model = AutoModelForCausalLM.from_config(config).eval()
    found = Scorer(model, tiny.tokenizer, generation_budget=200)
    answers = found.generations(ASKED)
    assert tape.played > 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.score.generation.recorder_of", lambda _: None)
        truth = Scorer(model, tiny.tokenizer, generation_budget=200)

        assert answers == truth.generations(ASKED)
    assert found.ledger.layer_forwards == truth.ledger.layer_forwards


@settings(max_examples=8)
@given(plans=any_plans(), asked=st.lists(requests(30), min_size=2, max_size=9))
def test_variants_that_write_as_one_batch_write_the_same(tiny, plans, asked):
    """Sets of plans, rows that end early, refilled."""
    tape = Tape()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorded, "ROOM", 7)
        texts = []
        for recorder in (tape, None):
            patch.setattr("harness.score.sweep.recorder_of", lambda _, own=recorder: own)
            base, variants = scorers(tiny.model, tiny.tokenizer, plans, generation_budget=300)
            SweepScorer(base, variants).generations(asked)
            texts.append([kept(one, asked) for one in (base, *variants.values())])
            texts.append(base.ledger.layer_forwards)

    assert texts[:2] == texts[2:]


def test_variants_that_differ_in_adapters_write_the_same(tiny, tape):
    """Each row with its own variant's adapter."""
    models = [recovered(prune_layers(tiny.model, [1]), seed) for seed in range(2)]
    several = {str(place): Scorer(model, tiny.tokenizer, generation_budget=200) for place, model in enumerate(models)}
    together = adapted_together(several)
    SweepScorer(together.base, {}, together=together).generations(ASKED)
    assert tape.played > 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.score.generation.recorder_of", lambda _: None)

        assert [kept(one, ASKED) for one in several.values()] == [
            Scorer(model, tiny.tokenizer).generations(ASKED) for model in models
        ]


def test_what_cannot_be_recorded_after_all_is_run(tiny, tape, monkeypatch):
    """As where memory for it is wanting: the same answers, each pass counted once."""
    truth = Scorer(tiny.model, tiny.tokenizer)

    def failing(run):
        tape(run)
        raise RuntimeError("out of memory")

    monkeypatch.setattr("harness.score.generation.recorder_of", lambda _: failing)
    found = Scorer(tiny.model, tiny.tokenizer)
    answers = found.generations(ASKED)
    monkeypatch.setattr("harness.score.generation.recorder_of", lambda _: None)

    assert answers == truth.generations(ASKED)
    assert tape.recorded
    assert found.ledger.layer_forwards == truth.ledger.layer_forwards


def test_nothing_is_recorded_without_a_gpu(tiny):
    """Nor is the model asked."""
    assert recorder_of(tiny.model) is None
    assert "_harness_records" not in vars(tiny.model)
