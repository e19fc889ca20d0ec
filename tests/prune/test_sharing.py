"""What a variant shares with its base, and what it must not: states of the base that a copy would inherit."""

import copy

import pytest
import torch

from harness.errors import BadInput
from harness.prune import surgery
from harness.prune.surgery import count_layer_calls, prune_layers

DEPTH = 6
IDS = torch.randint(3, 99, (1, 12), generator=torch.Generator().manual_seed(0))


def run(model, **options):
    with torch.inference_mode():
        return model(IDS, **options)


def test_modules_and_layer_indices_of_the_base_stay(family_model):
    """The base keeps its very module objects and their `layer_idx`; the variant counts its own from 0."""

    def state():
        return [(id(module), vars(module).get("layer_idx")) for module in family_model.modules()]

    before = state()
    variant = prune_layers(family_model, [0, 3, 5])

    assert before == state()
    assert {id(module) for module in variant.modules()}.isdisjoint(identity for identity, _ in before)
    assert [layer.self_attn.layer_idx for layer in variant.model.layers] == [0, 1, 2]


def test_modules_are_made_of_kept_layers_only(family_model, monkeypatch):
    """A variant of one layer costs a sixth of one of six: hundreds of them are made of one base."""
    made, share = [], surgery._share
    monkeypatch.setattr(surgery, "_share", lambda module, *given: made.append(module) or share(module, *given))
    variant = prune_layers(family_model, [0, 1, 2, 4, 5])

    assert len({*map(id, made)}) == len(list(variant.modules()))


def test_no_module_reads_the_config_of_the_base(family_model):
    """Every module that refers to a config refers to the variant's."""
    variant = prune_layers(family_model, [1])

    assert not any(value is family_model.config for module in variant.modules() for value in vars(module).values())
    assert variant.generation_config is not family_model.generation_config


@pytest.mark.parametrize("family_model", ["gemma2"], indirect=True)
def test_tied_weights_stay_tied(family_model):
    """Input and output embeddings of a tied model are one parameter, the base's."""
    variant = prune_layers(family_model, [1])

    assert variant.lm_head.weight is variant.model.embed_tokens.weight is family_model.model.embed_tokens.weight


def test_hooks_are_not_carried_over(family_model):
    """A hook on the base does not see the variant."""
    seen = []
    handle = family_model.model.layers[0].register_forward_hook(lambda *_: seen.append(0))
    try:
        run(prune_layers(family_model, [3]))
    finally:
        handle.remove()

    assert seen == []


def test_hidden_states_of_a_variant_whose_base_was_read(family_model):
    """A variant returns its hidden states also where those of its base were asked for before."""
    base = copy.deepcopy(family_model)
    run(base, output_hidden_states=True)

    assert len(run(prune_layers(base, [1, 2]), output_hidden_states=True).hidden_states) == DEPTH - 2 + 1


def test_a_compiled_base_does_not_run_in_place_of_its_variant(family_model):
    """A variant of a compiled model runs its own layers."""
    base = copy.deepcopy(family_model)
    base.compile(backend="eager")
    variant = prune_layers(base, [1, 2])
    with count_layer_calls(variant) as calls:
        pruned = run(variant).logits

    assert calls.total == DEPTH - 2
    assert torch.equal(run(prune_layers(family_model, [1, 2])).logits, pruned)


@pytest.mark.parametrize("family_model", ["llama"], indirect=True)
def test_a_replaced_forward_is_refused(family_model):
    """A module whose `forward` is bound to the base would run the base, so it gets a sentence."""
    base = copy.deepcopy(family_model)
    base.model.forward = base.model.forward
    with pytest.raises(BadInput, match=r"LlamaModel had its forward replaced .* load the model on one device"):
        prune_layers(base, [1])
