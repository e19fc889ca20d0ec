"""One trained layer in the place of a block: LLM-Streamline (2403.19135; RUCKBReasoning/LLM-Streamline @ adf50ba).

Where layers a..b-1 are missing, the block of layers a-1..b-1 has one layer left, a-1. It begins with its own weights,
as there ("the parameter weights of the first pruned layer are inherited"), and learns to do what the block did: of the
stream that enters the block of the unpruned model, the mean square of what it makes minus what leaves the block. So the
result has no layer more, and is an ordinary model. Every token of an example counts; padding does not
(there texts are packed and have none). Several cuts are trained together, each on the unpruned model's own streams
(there one block). Not followed: a held-out set by which the best epoch is kept, since there is one epoch here.
B rows, T tokens, D width.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.errors import DoesNotFit
from harness.models.hooks import hooked, passing, stream_out
from harness.models.spread import beside, brought
from harness.models.structure import decoder_layers
from harness.repair.cuts import Cut, cuts_of, kept_layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from transformers import PreTrainedModel

    from harness.recover.encode import Encoded


def layers_before_cuts(variant: "PreTrainedModel", base: "PreTrainedModel") -> dict[Cut, int]:
    """Return the place, in the variant, of the layer that stands before each cut.

    Raises:
        BadInput: no layer is missing.
        DoesNotFit: there is none before a cut.
    """
    kept = kept_layers(variant, base)
    cuts = cuts_of(kept, len(decoder_layers(base).modules))
    require_layer_before(kept[0])
    return {cut: kept.index(cut.first - 1) for cut in cuts}


def require_layer_before(first: int) -> None:
    """Refuse a plan that leaves nothing before its first cut. Pure.

    Args:
        first: the first layer that stays.

    Raises:
        DoesNotFit: it is not layer 0.
    """
    if first > 0:
        raise DoesNotFit(
            f"one layer in a block's place is the layer before the cut, and nothing is left before layer {first}; keep "
            f"layer 0, or use another --recipe"
        )


def every_token(example: "Encoded") -> "Encoded":
    """Return the example with all its tokens to be learned: a stream has no prompt. Pure."""
    return replace(example, labels=example.ids)


def streams_of(
    base: "PreTrainedModel", cuts: "Mapping[Cut, int]", asked: "Mapping[str, torch.Tensor]"
) -> "dict[Cut, tuple[torch.Tensor, torch.Tensor]]":
    """Return what enters and leaves each cut's block, the layer before it included, each (B, T, D)."""
    import torch

    entered, left = dict[int, torch.Tensor](), dict[int, torch.Tensor]()

    first, last = {cut.first - 1 for cut in cuts}, {cut.end - 1 for cut in cuts}

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        if layer in first:
            entered[layer] = entering
        if layer in last:
            left[layer] = leaving

    with torch.no_grad(), passing(base, see):
        base(**asked, use_cache=False, logits_to_keep=1)
    return {cut: (entered[cut.first - 1], left[cut.end - 1]) for cut in cuts}


def off_by(
    twin: "PreTrainedModel",
    cuts: "Mapping[Cut, int]",
    streams: "Mapping[Cut, tuple[torch.Tensor, torch.Tensor]]",
    asked: "Mapping[str, torch.Tensor]",
) -> "torch.Tensor":
    """Return the mean square over channels, summed over tokens and cuts, of what the trained layers make of streams."""
    import torch

    stack, made = decoder_layers(twin).modules, dict[Cut, torch.Tensor]()

    def enter(cut: Cut) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
            stream = brought(stack[cuts[cut]], streams[cut][0])
            return ((stream, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": stream})

        return hook

    def leave(cut: Cut) -> Any:  # noqa: ANN401
        def hook(_: Any, __: Any, output: Any) -> None:  # noqa: ANN401
            made[cut] = stream_out(output)

        return hook

    with hooked(
        *(stack[place].register_forward_pre_hook(enter(cut), with_kwargs=True) for cut, place in cuts.items()),
        *(stack[place].register_forward_hook(leave(cut)) for cut, place in cuts.items()),
    ):
        twin(**asked, use_cache=False, logits_to_keep=1)
    counts = asked["attention_mask"].float()
    squares = [
        beside((made[cut].float() - beside(leaving, made[cut]).float()).square().mean(dim=-1), counts)
        for cut, (_, leaving) in streams.items()
    ]
    return torch.stack([(each * counts).sum() for each in squares]).sum()


def imitator(twin: "PreTrainedModel", base: "PreTrainedModel") -> Any:  # noqa: ANN401  # a class made for one run
    """Return a Trainer whose loss is how far the trained layers are from the blocks that they stand for."""
    from transformers import Trainer

    cuts = layers_before_cuts(twin, base)

    class Imitator(Trainer):  # the Trainer's interface is inheritance
        def compute_loss(
            self,
            model: Any,  # noqa: ANN401, ARG002
            inputs: Any,  # noqa: ANN401
            return_outputs: bool = False,  # noqa: FBT001, FBT002
            num_items_in_batch: Any = None,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
            total = off_by(twin, cuts, streams_of(base, cuts, asked), asked)
            loss = total / (num_items_in_batch if num_items_in_batch is not None else asked["attention_mask"].sum())
            return (loss, {}) if return_outputs else loss

    return Imitator
