"""Recovery without training: match the size of the residual stream at every cut (Prune&Comp, scalar form of F12).

Where layers a..b-1 are missing, the stream that enters layer b has the size it had before layer a. Here it is scaled by
s = |h_b| / |h_a|, mean norms over tokens of the unpruned model. The scale is folded into what writes to the stream
before the cut (embedding, attention output, MLP output), since every reader normalises first; so the result is an
ordinary model. With several cuts, each writer is scaled by the product of all cuts after it. A cut at the very end
does nothing: the final norm removes it.
"""

import copy
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.prune.structure import decoder_layers
from harness.prune.surgery import replace_config, share
from harness.recover.trainable import output_layer

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

WRITERS = ("o_proj", "down_proj")  # what writes to the residual stream in Llama, Qwen2 and Mistral
POST_NORMS = ("post_attention_layernorm", "post_feedforward_layernorm")  # in Gemma-2, whose norms multiply by 1 + w


def scales_at_cuts(norms: Sequence[float], kept: Sequence[int]) -> list[float]:
    """What each kept layer's input must be multiplied by, the final norm's input last; 1 where nothing was cut. Pure.

    Args:
        norms: mean norm of the stream entering each layer of the unpruned model, and leaving the last (L + 1).
        kept: kept layers, increasing.
    """
    entered = [*kept, len(norms) - 1]
    left = [0, *(layer + 1 for layer in kept)]
    return [norms[now] / norms[before] for now, before in zip(entered, left, strict=True)]


def stream_norms(model: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> list[float]:
    """Mean norm of the residual stream entering each layer and leaving the last one (L + 1 values).

    The first token is left out: it is an attention sink whose norm is hundreds of times the others'.

    Args:
        model: the unpruned model.
        texts: token ids of calibration texts, at least two tokens each.
    """
    import torch

    stack = decoder_layers(model).modules
    sums = [0.0] * (len(stack) + 1)
    count = 0

    def keep(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any, output: Any) -> None:  # noqa: ANN401
            entering = args[0] if args else kwargs["hidden_states"]
            leaving = output[0] if isinstance(output, tuple) else output
            if layer == 0:
                sums[0] += _total_norm(entering)
            sums[layer + 1] += _total_norm(leaving)

        return hook

    handles = [layer.register_forward_hook(keep(index), with_kwargs=True) for index, layer in enumerate(stack)]
    try:
        with torch.inference_mode():
            for ids in texts:
                model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False, logits_to_keep=1)
                count += len(ids) - 1
    finally:
        for handle in handles:
            handle.remove()
    return [total / count for total in sums]


def _total_norm(hidden: "torch.Tensor") -> float:
    return float(hidden.reshape(-1, hidden.shape[-1])[1:].float().norm(dim=-1).sum())


def match_norms(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "PreTrainedModel":
    """A twin of `variant` whose stream has the unpruned model's size after every cut.

    Args:
        variant: made by `prune_layers` from `base`.
        base: the unpruned model.
        texts: token ids of calibration texts.

    Raises:
        BadInput: the family writes to its stream in a way that is not known here, or there are no texts.
    """
    if not texts or min(len(ids) for ids in texts) < 2:  # noqa: PLR2004  # the first token is left out
        raise BadInput("norm matching was given no calibration text of at least 2 tokens; it needs one")
    kept = getattr(variant.config.get_text_config(), "kept_layers", None)
    if kept is None:
        raise BadInput("norm matching was given a model that is not pruned; prune it with harness.prune_layers first")
    scales = scales_at_cuts(stream_norms(base, texts), kept)
    twin = share(variant)
    layers = decoder_layers(twin).modules
    _scale_embedding(twin, math.prod(scales[:-1]))
    for position, layer in enumerate(layers):
        factor = math.prod(scales[position + 1 : -1])
        if factor != 1:
            _scale_layer(layer, factor)
    return twin


def _scale_embedding(model: "PreTrainedModel", factor: float) -> None:
    embedding = model.get_input_embeddings()
    head = output_layer(model)
    if head is not None and head.weight is embedding.weight:  # tied: the output must keep its own
        config = copy.deepcopy(model.config)
        config.get_text_config().tie_word_embeddings = config.tie_word_embeddings = False
        replace_config(model, model.config, config)
    _scale(embedding, "weight", factor)


def _scale_layer(layer: "nn.Module", factor: float) -> None:
    children = dict(layer.named_children())
    if POST_NORMS[1] in children:
        for name in POST_NORMS:
            _scale(children[name], "weight", factor, offset=1.0)
        return
    writers = [module for name, module in layer.named_modules() if name.rpartition(".")[2] in WRITERS]
    if len(writers) != len(WRITERS):
        raise BadInput(
            f"norm matching knows families whose layers write through {' and '.join(WRITERS)}; "
            f"{type(layer).__name__} does not: choose another recipe"
        )
    for writer in writers:
        for name in ("weight", "bias"):
            if getattr(writer, name, None) is not None:
                _scale(writer, name, factor)


def _scale(module: "nn.Module", name: str, factor: float, offset: float = 0.0) -> None:
    """Give the module a scaled copy of a parameter w, which acts as w + offset."""
    from torch import nn

    old = module._parameters[name]  # noqa: SLF001
    assert old is not None
    module._parameters[name] = nn.Parameter((old.detach() + offset) * factor - offset, requires_grad=False)  # noqa: SLF001
