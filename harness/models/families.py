"""What structure alone does not tell about a family: how its config names layers, and why some are refused.

Facts about transformers 5.23. `docs/families.md` shows what follows from them for every type of its causal-LM mapping,
and the test behind that page fails when one of them stops being true.
"""

from collections.abc import Callable, Sequence
from typing import Any

# the decoder's own depth comes first: in encoder-decoder families `num_hidden_layers` is the encoder's
DEPTH_NAMES = ("decoder_layers", "num_decoder_layers", "num_hidden_layers", "num_blocks")

INDEX_ATTRIBUTES = ("layer_idx", "layer_id", "layer_number")
"""What modules below a layer call its index, by which they find their place in the key-value cache."""

INDEX_LISTS = ("mlp_only_layers", "moe_layers", "full_attn_idxs", "attn_layer_indices")
"""Config lists of layer indices: they are filtered and renumbered."""

PREFIXES = ("first_k_dense_replace", "num_dense_layers")
"""Config numbers k that say "layers 0 to k": they become the number of kept ones among those."""


def _sparse_step(fields: dict[str, Any], kept: Sequence[int]) -> None:
    """Experts in every n-th layer (Qwen-MoE): the others are named one by one instead, as old indices."""
    step, named = fields.get("decoder_sparse_step"), fields.get("mlp_only_layers")
    if isinstance(step, int) and step > 1:
        fields["mlp_only_layers"] = [index for index in kept if (index + 1) % step or index in (named or ())]
        fields["decoder_sparse_step"] = 1


def _interval(fields: dict[str, Any], kept: Sequence[int]) -> None:
    """Experts in every n-th layer of a range (Ernie): a range without gaps, where the kept ones make one."""
    step, start, end = (fields.get(f"moe_layer_{name}") for name in ("interval", "start_index", "end_index"))
    if not (isinstance(step, int) and isinstance(start, int) and isinstance(end, int)):
        return
    last = end if end >= 0 else max(kept)
    sparse = [at for at, index in enumerate(kept) if start <= index <= last and (index + 1) % step == 0]
    first, final = (sparse[0], sparse[-1]) if sparse else (len(kept), len(kept))  # none: beyond the last
    if not sparse or sparse == list(range(first, final + 1)):
        fields["moe_layer_interval"], fields["moe_layer_start_index"], fields["moe_layer_end_index"] = 1, first, final


PERIODS = (_sparse_step, _interval)
"""Config numbers that choose layers by a period, told anew; before lists of indices are renumbered."""


def _gpt_neo(config: Any, kept: Sequence[int], depth: int) -> None:  # noqa: ANN401, ARG001
    config.attention_types = [[list(config.attention_layers), 1]]


def _recurrent_gemma(config: Any, kept: Sequence[int], depth: int) -> None:  # noqa: ANN401
    pattern = list(config.block_types)
    kinds = (pattern * depth)[:depth]
    config.block_types = [kinds[index] for index in kept]


def _minicpm3(config: Any, kept: Sequence[int], depth: int) -> None:  # noqa: ANN401
    config.scale_depth *= (len(kept) / depth) ** 0.5  # branches are scaled by scale_depth / sqrt(depth)


REWRITES: dict[str, Callable[[Any, Sequence[int], int], None]] = {
    "gpt_neo": _gpt_neo,
    "minicpm3": _minicpm3,
    "recurrent_gemma": _recurrent_gemma,
}
"""By model type: how its config is told what no list or prefix says, given kept layers and the depth before."""

_PER_LAYER_INPUTS = "each layer reads its own slice of a second embedding table, which is as long as the depth"
_CROSS_ATTENTION = "layers that look at the image are found by their index at run time"
_CHUNKS = "its attention and MLP are two lists of modules instead of one list of layers"
REFUSED: dict[str, str] = {
    "gemma3n": _PER_LAYER_INPUTS,
    "gemma3n_text": _PER_LAYER_INPUTS,
    "gemma4": _PER_LAYER_INPUTS,
    "gemma4_text": _PER_LAYER_INPUTS,
    "gemma4_assistant": "all its layers read keys and values of another model",
    "gemma4_unified_assistant": "all its layers read keys and values of another model",
    "blt": "it is four stacks of layers around patches of bytes, none of which is the decoder",
    "hrm_text": "it runs its layers many times, in two nested loops",
    "hy_v4": "layers attend to the tokens that an indexer in an earlier layer chose",
    "inkling2_text": "layers attend to what earlier blocks of layers wrote, and every sixth layer begins a block",
    "jamba": "the kind of a layer follows from its index alone",
    "longcat_flash": "each layer holds two attentions with two places in the key-value cache",
    "minimax": "its cache of linear attention is as long as the number of layers that ran before",
    "mllama": _CROSS_ATTENTION,
    "mllama_text_model": _CROSS_ATTENTION,
    "reformer": "layers are reversible: each has two inputs and no single one to hand on",
    "rwkv": "weights are rescaled at every sixth layer, by its index",
    "xlm": _CHUNKS,
    "zamba2": "layers share the blocks of one transformer by turns",
    "zaya": "the router of a layer reads what the router of the layer before it decided",
}
"""By model type: why a model without one of its layers would not be what a user means by it."""

IN_MEMORY_ONLY: dict[str, str] = {
    "beam": "what a layer adds to the residual stream depends on its index",
    "diffllama": "the initial lambda of differential attention depends on the index",
    "gemma4_unified": "the config makes the last layer one of full attention",
    "gemma4_unified_text": "the config makes the last layer one of full attention",
    "gpt_neox_japanese": "the last layer alone adds a bias after its attention",
    "modernbert-decoder": "the first layer alone has no norm before its attention",
    "zamba": "layers share one transformer's weights, which are saved under the first such layer's index",
}
"""By model type: why a variant is right in memory but may load as another model."""
