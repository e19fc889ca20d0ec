"""What a batch may contain is measured, and whatever it is, every row gets the answer that it gets alone."""

import pytest
import torch

from harness.errors import BadInput
from harness.prune.surgery import prune_layers
from harness.score.abilities import Abilities, abilities_of
from harness.score.generation import writable_together
from harness.score.log_likelihood import score_groups
from harness.selfcheck import oracles
from harness.selfcheck.tiny_random import EXCEPTIONS, tiny_random
from harness.text.encode import EncodedPair

FAMILIES = {
    "llama": Abilities("shared", "padded"),
    "qwen3_5_text": Abilities("shared", "padded"),
    "nemotron_h": Abilities("shared", "padded"),
    "zamba": Abilities("whole", "padded"),
    "bart": Abilities("whole", "even"),
    "roberta": Abilities("whole", "even"),
    "mamba2": Abilities("whole", "even"),
    "deepseek_v4": Abilities("whole", "even"),
    "recurrent_gemma": Abilities("whole", "uncached"),
    "openai-gpt": Abilities("whole", "uncached"),
}
FAR = 1e-4
ONE = [EncodedPair((5, 17, 40, 23, 9), 3), EncodedPair((5, 17, 40, 24, 30, 8), 3)]
LONG = [EncodedPair((*range(5, 25), end, 31), 19) for end in (25, 26)]


@pytest.fixture(scope="module", params=FAMILIES)
def model(request):
    """A tiny random model of the family."""
    return tiny_random(request.param)


def test_a_family_is_asked_in_the_fastest_exact_way(model):
    """Attention with rotary positions shares everything; positions from 2, foreign caches and inner states do not."""
    assert abilities_of(model) == FAMILIES[model.config.model_type]


def test_batched_equals_alone(model):
    """Scores of padded groups and answers beside one that ends early are those of single passes without a cache."""
    assert oracles.from_scoring(model) < FAR
    assert oracles.from_writing(model) < FAR


def test_a_longer_neighbour_changes_nothing(model):
    """A row scores beside a longer one what it scores by itself."""
    (alone,), (beside, _) = score_groups(model, [ONE], 0), score_groups(model, [ONE, LONG], 0)

    assert [one.value for one in alone] == pytest.approx([one.value for one in beside], abs=FAR)


@pytest.mark.parametrize("kind", FAMILIES)
def test_half_precision_is_told_from_a_fault(kind):
    """In bfloat16 rounding is no reason to be slow, and no cover for what is wrong."""
    assert abilities_of(tiny_random(kind).to(torch.bfloat16)) == FAMILIES[kind]


@pytest.mark.parametrize("way", ["scoring", "writing"])
def test_the_oracles_can_fail(way):
    """A model that is batched as it must not be is found out."""
    model = tiny_random("bart")
    vars(model)["_harness_abilities"] = Abilities("shared", "padded")

    assert getattr(oracles, f"from_{way}")(model) > 0.01


def test_a_family_of_tomorrow_is_asked_as_it_can_be(monkeypatch):
    """What a model can do is seen from its answers, not from its name."""
    model = tiny_random("llama")
    forward = type(model).forward

    def shifted(self, *args, position_ids=None, **kwargs):
        moved = None if position_ids is None else position_ids * 2
        return forward(self, *args, position_ids=moved, **kwargs)

    monkeypatch.setattr(type(model), "forward", shifted)
    monkeypatch.setattr(model, "forward", shifted.__get__(model))

    assert abilities_of(model) == Abilities("whole", "even")
    assert oracles.from_scoring(model) < FAR


def test_a_row_that_turns_the_frequencies_of_all_is_alone(monkeypatch):
    """LongRoPE changes a whole batch once one row is longer than its first length."""
    rope = {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.0] * 4, "long_factor": [3.0] * 4}
    monkeypatch.setitem(EXCEPTIONS, "llama", {"rope_parameters": rope | {"original_max_position_embeddings": 15}})
    model = tiny_random("llama")

    assert abilities_of(model) == Abilities("shared", "padded", reach=15)
    assert oracles.from_scoring(model) < FAR
    assert oracles.from_writing(model) < FAR
    vars(model)["_harness_abilities"] = Abilities("shared", "padded")
    assert oracles.from_scoring(model) > FAR


@pytest.mark.parametrize(
    ("abilities", "expected"),
    [
        (Abilities("shared", "padded"), [[0, 1, 2, 3]]),
        (Abilities("shared", "padded", reach=8), [[0, 1, 3], [2]]),
        (Abilities("whole", "even"), [[3], [0, 1], [2]]),
        (Abilities("whole", "uncached"), [[0, 1, 2, 3]]),
        (Abilities("alone", "uncached"), [[0], [1], [2], [3]]),
        (Abilities("whole", "single", reach=4), [[3], [0], [1], [2]]),
    ],
)
def test_prompts_are_grouped_as_the_model_can(abilities, expected):
    """Together, by length, or one by one."""
    prompts = [(1, 2, 3), (4, 5, 6), (1, 2, 3, 4, 5), (7,)]

    assert writable_together(prompts, [4, 4, 4, 3], abilities) == expected


def test_abilities_are_measured_once():
    """A variant has those of its base, without a pass more."""
    model = tiny_random("llama")
    known = abilities_of(model)
    variant = prune_layers(model, [1])
    passes = []
    variant.register_forward_hook(lambda *_: passes.append(1))

    assert abilities_of(variant) is known
    assert passes == []


@pytest.mark.parametrize("kind", ["xlnet", "prophetnet", "cpmant"])
def test_a_model_that_reads_ahead_is_refused(kind):
    """Likelihoods of a token that the model has seen mean nothing."""
    with pytest.raises(BadInput, match=rf"\({kind}\) predicts a token from tokens that follow it, so its likelihoods"):
        score_groups(tiny_random(kind), [ONE], 0)


def test_an_encoder_that_was_not_told_to_be_causal_is_refused(monkeypatch):
    """BERT reads both ways unless its config says `is_decoder`."""
    monkeypatch.setitem(EXCEPTIONS, "bert", {})

    with pytest.raises(BadInput, match="predicts a token from tokens that follow it"):
        abilities_of(tiny_random("bert"))
