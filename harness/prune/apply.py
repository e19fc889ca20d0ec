"""A plan becomes a model: whole layers, units of layers and blended weights, in memory, the base untouched."""

import copy
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.plain import require_plain
from harness.models.spread import beside
from harness.models.structure import decoder_layers
from harness.prune.plan import Blend, LayerPlan
from harness.prune.surgery import prune_layers, replace_config, share
from harness.prune.units import unit_returns, without_units, zero_units

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel


def apply_plan(model: "PreTrainedModel", plan: LayerPlan) -> "PreTrainedModel":
    """A working model as `plan` says, sharing the base's parameters but for blended ones.

    Args:
        model: the model the plan was made for.
        plan: what stays.

    Returns:
        The variant. Saved as it is, a variant that lacks single units cannot be loaded again; save what
        `savable_variant` returns.

    Raises:
        BadInput: the plan is for another depth, or the family does not allow what it asks.
    """
    variant, partly = _blended(model, plan), {*plan.without_attention, *plan.without_mlp}
    if not partly:
        return variant
    returns = {plan.kept.index(layer): said for layer, said in unit_returns(model, partly).items()}
    attention, mlp = _positions(plan, plan.without_attention), _positions(plan, plan.without_mlp)
    return without_units(variant, attention, mlp, returns)


def savable_variant(model: "PreTrainedModel", plan: LayerPlan) -> "PreTrainedModel":
    """The same function as `apply_plan`'s model in an ordinary architecture: removed units are there, all zero.

    Raises:
        BadInput: as `apply_plan`.
    """
    apply_plan(model, plan)  # refuses what cannot be done exactly
    variant = _blended(model, plan)
    return zero_units(variant, _positions(plan, plan.without_attention), _positions(plan, plan.without_mlp))


def _positions(plan: LayerPlan, layers: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(plan.kept.index(layer) for layer in layers)


def _blended(model: "PreTrainedModel", plan: LayerPlan) -> "PreTrainedModel":
    """The model without the plan's whole layers, its blended layers with their new weights."""
    base = decoder_layers(model).modules
    if len(base) != plan.depth:
        raise BadInput(f"the plan is for {plan.depth} layers, the model has {len(base)}; make the plan for this model")
    if plan.blends:
        require_plain(model, "a blend mixes the weights of layers")
    if plan.removed:
        variant = prune_layers(model, plan.removed)
    else:
        variant = share(model)
        replace_config(variant, model.config, copy.deepcopy(model.config))
    stack = decoder_layers(variant).modules
    for blend in plan.blends:
        _blend(stack[plan.kept.index(blend.layer)], base, blend)
    return variant


def _blend(layer: "nn.Module", base: "nn.ModuleList", blend: Blend) -> None:
    """Give `layer` parameters of its own, mixed in float32.

    Raises:
        BadInput: a source layer has other parameters.
    """
    import torch
    from torch import nn

    sources = [(dict(base[source].named_parameters()), coefficient) for source, coefficient in blend.of]
    for name, parameter in list(layer.named_parameters()):
        if blend.own_norms and parameter.dim() == 1 and "norm" in name:
            continue
        if any(name not in tensors or tensors[name].shape != parameter.shape for tensors, _ in sources):
            raise BadInput(
                f"layer {blend.layer} cannot be blended of {[source for source, _ in blend.of]}: they differ in "
                f"{name}; merge layers of one shape"
            )
        mixed = torch.zeros_like(parameter, dtype=torch.float32)
        for tensors, coefficient in sources:
            mixed += coefficient * beside(tensors[name].detach().float(), mixed)
        home, _, leaf = name.rpartition(".")
        layer.get_submodule(home)._parameters[leaf] = nn.Parameter(mixed.to(parameter.dtype), requires_grad=False)  # noqa: SLF001
