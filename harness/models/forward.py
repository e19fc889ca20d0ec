"""One text through a model, as methods and probes look at it: no cache, no padding, on the model's device."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def run(model: "PreTrainedModel", ids: Sequence[int], *, all_logits: bool = False) -> Any:  # noqa: ANN401  # the family's output
    """Run a model over the T token ids of a text; gradients flow where the caller lets them.

    Returns:
        Its output; `logits` are (1, 1, V), those after the last token, or (1, T, V) with `all_logits`.
    """
    import torch

    only = {} if all_logits else {"logits_to_keep": 1}
    return model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=False, **only)
