"""The four oracles of `prune_layers`, over every subset of layers of four families."""

import copy
import itertools

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.structure import per_layer_lists
from harness.prune.surgery import count_layer_calls, expected_layers, prune_layers, skip_by_hook

DEPTH = 6
IDS = torch.randint(3, 99, (2, 12), generator=torch.Generator().manual_seed(0))
SUBSETS = [layers for n in range(1, DEPTH) for layers in itertools.combinations(range(DEPTH), n)]
subsets = st.sets(st.integers(0, DEPTH - 1), min_size=1, max_size=DEPTH - 1).map(lambda s: tuple(sorted(s)))
per_family = settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


def logits(model, **options):
    with torch.inference_mode():
        return model(IDS, **options).logits


def step_by_step(model):
    """Logits of one token at a time through the key-value cache."""
    cache, rows = None, []
    with torch.inference_mode():
        for position in range(IDS.shape[1]):
            output = model(IDS[:, position : position + 1], past_key_values=cache, use_cache=True)
            cache = output.past_key_values
            rows.append(output.logits)
    return torch.cat(rows, dim=1)


def test_pruned_equals_skipped_for_every_subset(family_model):
    """Removing layers gives the logits of the base with those layers skipped by hook."""
    for layers in SUBSETS:
        with skip_by_hook(family_model, layers):
            skipped = logits(family_model, use_cache=False)
        pruned = logits(prune_layers(family_model, layers), use_cache=False)

        assert (skipped - pruned).abs().max() < 1e-5, layers


def test_cache_on_equals_cache_off_for_every_subset(family_model):
    """A variant decodes the same with its key-value cache and without."""
    for layers in SUBSETS:
        variant = prune_layers(family_model, layers)

        assert (step_by_step(variant) - logits(variant, use_cache=False)).abs().max() < 1e-4, layers


@per_family
@given(layers=subsets)
def test_reloaded_equals_in_memory(family_model, tmp_path_factory, layers):
    """A saved variant reloads as an ordinary model with the same logits and the same fingerprint."""
    variant = prune_layers(family_model, layers)
    folder = tmp_path_factory.mktemp("variant")
    variant.save_pretrained(folder)
    reloaded = AutoModelForCausalLM.from_pretrained(folder).eval()

    assert (logits(reloaded) - logits(variant)).abs().max() < 1e-5
    assert fingerprint(variant) == fingerprint(reloaded)
    assert DEPTH - len(layers) == reloaded.config.num_hidden_layers


@per_family
@given(layers=subsets)
def test_effective_depth_is_what_the_config_says(family_model, layers):
    """A forward pass of a variant runs exactly the kept layers."""
    variant = prune_layers(family_model, layers)
    with count_layer_calls(variant) as calls:
        logits(variant)

    assert calls.total == expected_layers(variant) == DEPTH - len(layers)


def test_base_stays_untouched(family_model):
    """Pruning changes neither weights, config, layer indices nor outputs of the base, and shares its parameters."""
    config, weights = copy.deepcopy(family_model.config.to_dict()), copy.deepcopy(family_model.state_dict())
    before = logits(family_model)
    variant = prune_layers(family_model, [0, 3, 5])
    logits(variant)

    assert config == family_model.config.to_dict()
    assert all(torch.equal(weights[name], tensor) for name, tensor in family_model.state_dict().items())
    assert torch.equal(before, logits(family_model))
    base_pointers = {parameter.data_ptr() for parameter in family_model.parameters()}
    assert all(parameter.data_ptr() in base_pointers for parameter in variant.parameters())


def test_every_per_layer_list_follows_the_kept_indices(family_model):
    """Lists of the config with one entry a layer keep the entries of the kept layers."""
    for layers in SUBSETS:
        variant = prune_layers(family_model, layers)
        for name in per_layer_lists(family_model.config):
            expected = [x for i, x in enumerate(getattr(family_model.config, name)) if i not in layers]

            assert expected == list(getattr(variant.config, name))


@pytest.mark.parametrize("family_model", ["gemma2"], indirect=True)
def test_truncated_layer_types_are_caught(family_model, tmp_path):
    """The classic mistake, keeping the first n layer types, changes the reloaded model, and the oracle sees it."""
    variant = prune_layers(family_model, [1])
    wrong = copy.deepcopy(variant)
    wrong.config.layer_types = list(family_model.config.layer_types)[: DEPTH - 1]
    wrong.save_pretrained(tmp_path)
    reloaded = AutoModelForCausalLM.from_pretrained(tmp_path).eval()

    assert list(variant.config.layer_types) != list(wrong.config.layer_types)
    assert (logits(reloaded) - logits(variant)).abs().max() > 1e-3
    assert fingerprint(reloaded) != fingerprint(variant)


def test_pruning_twice_remembers_the_first_model(family_model):
    """`kept_layers` are indices of the first unpruned model, however often a model is pruned."""
    twice = prune_layers(prune_layers(family_model, [0, 4]), [1])

    assert twice.config.kept_layers == [1, 3, 5]


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([99], "layer 99 does not exist; the model has layers 0 to 5"),
        ([-1], "layer -1 does not exist"),
        ([2, 2], "layer 2 is named twice"),
        (range(6), "all 6 layers are to be removed; at least one must stay"),
    ],
)
@pytest.mark.parametrize("family_model", ["llama"], indirect=True)
def test_impossible_removals_are_refused(family_model, layers, sentence):
    """Layers that do not exist, doubled layers and removing everything get a sentence."""
    with pytest.raises(BadInput, match=sentence):
        prune_layers(family_model, layers)


def test_what_is_near_to_a_model_or_a_list_is_refused_in_a_sentence(tiny):
    """What `load_model` returns is no model, and a number is no list."""
    with pytest.raises(BadInput, match=r"pass its `\.model`"):
        prune_layers(tiny, [2])
    with pytest.raises(BadInput, match=r"layers 2: expected several, in a list such as \[2\]"):
        prune_layers(tiny.model, 2)
