"""One text through a model, as methods and probes look at it: no cache, no padding, on the model's device."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def run(model: "PreTrainedModel", ids: Sequence[int], *, first: int = -1) -> Any:  # noqa: ANN401  # the family's output
    """Run a model over the T token ids of a text; gradients flow where the caller lets them.

    Returns:
        Its output; the last of its `logits` (1, ..., V) are those from place `first` on, by default after the last
        token. A family that cannot leave out the others makes all.
    """
    import torch

    asked = torch.tensor([list(ids)], device=model.device)
    only = {"logits_to_keep": torch.arange(len(ids), device=model.device)[first:]} if first else {}
    return model(input_ids=asked, use_cache=False, **only)
