"""Every model type of transformers' causal-LM mapping, held to its committed outcome (`tests/models/families.json`)."""

import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.models.families import IN_MEMORY_ONLY, REFUSED
from harness.models.structure import depth_of
from harness.prune.surgery import prune_layers
from harness.selfcheck import coverage
from harness.selfcheck.coverage import Coverage, coverage_of, model_types, page
from harness.selfcheck.tiny_random import tiny_random

ROOT = Path(__file__).parents[2]
COMMITTED = json.loads((ROOT / "tests/models/families.json").read_text())
OUTCOMES = {kind: Coverage(**row) for kind, row in COMMITTED["types"].items()}


WHOLE = {"gemma2", "llama", "mistral", "qwen2"} | {k for k, of in OUTCOMES.items() if of.status == "in memory only"}
"""The paper's families, and those that only some ways of pruning show to reload as something else."""


@pytest.mark.filterwarnings("ignore")  # old families warn about themselves when they are built
@pytest.mark.parametrize(
    ("model_type", "whole"),
    [
        *((kind, False) for kind in sorted({*OUTCOMES} - WHOLE)),
        *(pytest.param(kind, True, marks=[] if kind in WHOLE else pytest.mark.slow) for kind in sorted(OUTCOMES)),
    ],
)
def test_a_type_does_what_the_table_says(model_type, whole):
    """Skipping, cache, generation, batched scores and answers, reloading, LoRA: a tiny model comes out as committed.

    Pruned in all ways or, of most types unless the test is slow, in one that opens gaps all over its depth.
    """
    found = coverage_of(model_type, whole=whole)

    assert found.status == OUTCOMES[model_type].status, found.note
    if found.status == "passed":
        assert found == OUTCOMES[model_type]


def test_removed_layers_are_tried_before_a_type_passes(monkeypatch):
    """A surgery that takes the layer behind fails a type, in one way of pruning as in all."""
    monkeypatch.setattr(
        coverage, "prune_layers", lambda model, layers: prune_layers(model, [(i + 1) % 6 for i in layers])
    )

    for whole in (False, True):
        found = coverage_of("llama", whole=whole)
        assert (found.status, "from skipping them" in found.note) == ("failing", True)


def test_the_table_is_of_this_transformers():
    """A type that transformers adds or drops is tried before it is promised."""
    assert sorted(OUTCOMES) == model_types(), "run python -m harness.selfcheck.coverage"


def test_the_page_shows_the_committed_outcomes():
    """docs/families.md is made from the same file."""
    assert (ROOT / "docs/families.md").read_text() == page(OUTCOMES, COMMITTED["transformers"])


def test_nothing_is_silently_wrong():
    """No type fails an oracle, at least 120 pass them all, every refusal has its reason, whatever is scored a way."""
    statuses = [outcome.status for outcome in OUTCOMES.values()]

    assert "failing" not in statuses
    assert statuses.count("passed") >= 120
    assert all(outcome.note for outcome in OUTCOMES.values() if outcome.status != "passed")
    assert all(outcome.asked for outcome in OUTCOMES.values() if outcome.status in ("passed", "in memory only"))


@pytest.mark.parametrize("model_type", ["zaya", "gemma4_text", "rwkv"])
def test_a_refusal_names_its_reason(model_type):
    """A family that cannot be pruned says why, and where to look, before anything is done."""
    with pytest.raises(BadInput) as refused:
        prune_layers(tiny_random(model_type), [1])

    assert str(refused.value).endswith(
        f"cannot be pruned by removing layers: {REFUSED[model_type]}; docs/families.md lists the families that can"
    )


def test_a_hybrid_keeps_an_attention_layer():
    """Removing the only attention layer of a hybrid model is refused: its cache counts tokens by it."""
    with pytest.raises(BadInput, match=r"all attention layers \(3\) of this hybrid qwen3_next are to be removed"):
        prune_layers(tiny_random("qwen3_next"), [3])


@pytest.mark.parametrize(
    ("model_type", "name", "before", "after"),
    [
        ("glm4_moe", "first_k_dense_replace", 1, 0),
        ("llama4_text", "moe_layers", [0, 1, 2, 3, 4, 5], [0, 1, 2, 3]),
        ("llama4_text", "no_rope_layers", [1, 1, 1, 0, 1, 1], [1, 0, 1, 1]),
        ("gpt_neo", "attention_types", [[["global", "local"], 3]], [[["global", "local", "global", "local"], 1]]),
        ("bart", "decoder_layers", 6, 4),
    ],
)
def test_the_config_follows_the_kept_layers(model_type, name, before, after):
    """Whatever a config says of layers by number says it of the kept ones, after layers 0 and 1 went."""
    model = tiny_random(model_type)
    assert getattr(model.config.get_text_config(), name) == before

    config = prune_layers(model, [0, 1]).config.get_text_config()
    assert getattr(config, name) == after
    assert depth_of(config) == 4


def test_an_unknown_type_is_refused():
    """A misspelt type is a sentence."""
    with pytest.raises(BadInput, match="'lama' is no model type of this transformers"):
        tiny_random("lama")


def test_declared_limits_name_real_types():
    """A type that transformers renamed would leave its refusal behind."""
    assert {*IN_MEMORY_ONLY, *REFUSED} - {"mllama_text_model"} <= set(model_types())
