"""A plan becomes a model."""

import pytest
import torch

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.passes import counted_passes
from harness.models.structure import decoder_layers
from harness.prune.apply import apply_plan, savable_variant
from harness.prune.plan import Blend, LayerPlan, parse_plan
from harness.prune.surgery import prune_layers, share

IDS = torch.randint(3, 99, (2, 9), generator=torch.Generator().manual_seed(0))


def logits(model):
    with torch.inference_mode():
        return model(IDS, use_cache=False).logits


def test_whole_layers_go_as_prune_layers_takes_them(family_model):
    """A plan of whole layers is `prune_layers`."""
    plan = LayerPlan.without((1, 4), 6)
    assert torch.equal(logits(apply_plan(family_model, plan)), logits(prune_layers(family_model, (1, 4))))


def test_layers_and_units_go_together(family_model):
    """Unit indices are those of the base, whatever layers went before them; saved and running form agree."""
    plan = parse_plan("1,attn0,mlp4,attn5", 6)
    variant, savable = apply_plan(family_model, plan), savable_variant(family_model, plan)

    assert torch.equal(logits(variant), logits(savable))
    missing = [not list(layer.self_attn.parameters()) for layer in decoder_layers(variant).modules]
    assert missing == [True, False, False, False, True]
    assert len(decoder_layers(variant).modules) == 5


def test_a_layer_is_tried_once(family_model):
    """Whether its units can go is found by one pass for a layer of the base, not for every variant of a search."""
    base = share(family_model)
    with counted_passes(base) as passes:
        for text in ("attn2", "0-1,attn2,mlp4", "mlp2,mlp4"):
            apply_plan(base, parse_plan(text, 6))

    assert passes.count == 2


def test_a_savable_variant_loads_again(family_model, tmp_path):
    """What is saved without units is an ordinary folder."""
    from transformers import AutoModelForCausalLM

    plan = parse_plan("1,attn0,mlp4", 6)
    savable_variant(family_model, plan).save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)

    torch.testing.assert_close(logits(loaded), logits(apply_plan(family_model, plan)), atol=1e-5, rtol=0)


def test_a_blend_is_the_weighted_sum_of_its_sources(family_model):
    """LaCo's merge: layer 2 becomes 2 - 3 + 5 in every parameter, and the base keeps its own."""
    before = fingerprint(family_model)
    plan = LayerPlan((0, 1, 2), 6, blends=(Blend(2, ((2, 1.0), (3, -1.0), (5, 1.0))),))
    variant, base = apply_plan(family_model, plan), decoder_layers(family_model).modules

    for name, parameter in decoder_layers(variant).modules[2].named_parameters():
        sources = [dict(base[layer].named_parameters())[name] for layer in (2, 3, 5)]
        torch.testing.assert_close(parameter, sources[0] - sources[1] + sources[2])
    assert fingerprint(family_model) == before
    assert not torch.equal(logits(variant), logits(prune_layers(family_model, (3, 4, 5))))


def test_a_blend_may_leave_the_norms_alone(family_model):
    """LaCo as released: all weights of the last merged layer, the layer's own norms."""
    plan = LayerPlan((0, 1, 2), 6, blends=(Blend(2, ((5, 1.0),), own_norms=True),))
    layer, base = decoder_layers(apply_plan(family_model, plan)).modules[2], decoder_layers(family_model).modules

    assert layer.input_layernorm.weight is base[2].input_layernorm.weight
    assert torch.equal(layer.mlp.down_proj.weight, base[5].mlp.down_proj.weight)


def test_a_plan_for_another_depth_is_refused(family_model):
    """Indices of another model are not followed."""
    with pytest.raises(BadInput, match="the plan is for 8 layers, the model has 6"):
        apply_plan(family_model, LayerPlan.without((1,), 8))
