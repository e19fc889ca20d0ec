"""The residual stream of the unpruned model on calibration texts: what enters each layer, and what leaves the last.

States are read by hooks on the layers: the last entry of `output_hidden_states` is taken after the final norm. The
first token (an attention sink) is in them like any other. T tokens, D width, L layers.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.structure import decoder_layers
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch

    from harness.models.load import LoadedModel


def hidden_states(loaded: "LoadedModel", texts: Sequence[str]) -> "Iterator[list[torch.Tensor]]":
    """Per text, the states h_0 ... h_L, each (T, D) and float32; one text at a time is kept.

    Raises:
        BadInput: there are no texts.
    """
    import torch

    if not texts:
        raise BadInput("the criterion was given no calibration texts; it needs at least one")
    stack = decoder_layers(loaded.model).modules
    states: list[torch.Tensor] = []

    def keep(_: Any, args: Any, kwargs: Any, output: Any) -> None:  # noqa: ANN401  # a torch hook
        entering = (args[0] if args else kwargs["hidden_states"])[0]
        if not states:
            states.append(entering.float())
        leaving = output[0] if isinstance(output, tuple) else output
        states.append(leaving.reshape(entering.shape).float())

    handles = [layer.register_forward_hook(keep, with_kwargs=True) for layer in stack]
    try:
        for text in texts:
            states.clear()
            ids = torch.tensor([plain_ids(text, loaded.tokenizer)], device=loaded.model.device)
            with torch.inference_mode():
                loaded.model(input_ids=ids, use_cache=False, logits_to_keep=1)
            yield list(states)
    finally:
        for handle in handles:
            handle.remove()
