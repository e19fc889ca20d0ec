"""The residual stream of the unpruned model on calibration texts: what enters each layer, and what leaves the last.

States are read by hooks on the layers: the last entry of `output_hidden_states` is taken after the final norm. The
first token (an attention sink) is in them like any other. T tokens, D width, L layers.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.forward import run
from harness.models.hooks import passing
from harness.models.spread import beside
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch

    from harness.models.load import LoadedModel


def hidden_states(loaded: "LoadedModel", texts: Sequence[str]) -> "Iterator[list[torch.Tensor]]":
    """Per text, the states h_0 ... h_L, each (T, D) and float32, on one device; one text at a time is kept.

    Raises:
        BadInput: there are no texts.
    """
    import torch

    if not texts:
        raise BadInput("the criterion was given no calibration texts; it needs at least one")
    states: list[torch.Tensor] = []

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        if layer == 0:
            states.append(entering[0].float())
        states.append(beside(leaving[0].float(), states[0]))

    with passing(loaded.model, see):
        for text in texts:
            states.clear()
            with torch.inference_mode():
                run(loaded.model, plain_ids(text, loaded.tokenizer))
            yield list(states)
