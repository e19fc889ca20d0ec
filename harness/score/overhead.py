"""What a forward pass takes beside its tokens, in tokens: batches are cut where a pass costs less than padding."""

from typing import TYPE_CHECKING, Any

from harness.models.structure import depth_of, text_config

if TYPE_CHECKING:
    from transformers import PreTrainedModel

PASS = 200
"""On a CPU a pass takes as long as one part in so many of the budget more tokens would: weights are read, kernels
begun. Of 8,192 tokens that is 40: a pass over 8 to 512 tokens of a model of 135M parameters takes 65 ms and 1.6 ms per
token in float32, 30 ms and .85 ms per token in bfloat16 (two cores, 28 November 2026)."""
_PER_LAYER, _FLOPS = 0.75e-3, 4e14
"""On a GPU Python asks for its kernels: seconds per layer (a step of Llama-3.1-8B, Qwen2.5-7B and Gemma-2-2B took .75
to 1.0 ms per layer on an H100 with 16 cores, 28 November 2026), and operations per second of what it could have run
meanwhile, about half of what such a card multiplies at."""


def pass_overhead(model: "PreTrainedModel", budget: int) -> int:
    """Tokens that take as long as what a pass costs beside its own; `budget` is of a batch's tokens."""
    least = budget // PASS
    if model.device.type != "cuda":
        return least
    return min(budget, max(least, launched(depth_of(text_config(model)), body(model))))


def launched(layers: int, weights: int) -> int:
    """Tokens that a GPU could have run while it waits for Python to ask for the kernels of a pass.

    Args:
        layers: of the decoder.
        weights: parameters that every token is multiplied by, embeddings and output layer aside.
    """
    return int(_PER_LAYER * layers * _FLOPS / (2 * max(1, weights)))


def body(model: "PreTrainedModel") -> int:
    """Parameters of all but the embeddings and the output layer."""
    table: Any = model.get_input_embeddings()
    head: Any = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    ends = {id(one.weight) for one in (table, head) if one is not None}
    return sum(weight.numel() for weight in model.parameters() if id(weight) not in ends)
