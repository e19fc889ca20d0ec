"""How near a variant is to its base in three spaces: states, logits, probabilities (2603.24652).

At every token that the base wrote, and at the one that ended it, both models read the same text, prompt and answer of
the base. Compared by cosine, as in the source: the stream that leaves the last layer, before the final norm; the logits
as they are; and their softmax. A and B tokens of prompt and answer, D width, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.forward import run
from harness.models.hooks import hooked, noting
from harness.models.spread import beside
from harness.models.structure import decoder_layers

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Cosines:
    """Means over the tokens of an answer, in [-1, 1], of probabilities in [0, 1]."""

    states: float
    logits: float
    probabilities: float


def cosines(
    base: "PreTrainedModel", variant: "PreTrainedModel", prompt: Sequence[int], answer: Sequence[int]
) -> Cosines:
    """Return how near the variant is to the base where the base wrote its answer.

    Args:
        base: the unpruned model.
        variant: a pruned one.
        prompt: token ids (A), at least one.
        answer: token ids (B) that the base wrote.
    """
    ids, first = [*prompt, *answer], len(prompt) - 1
    one, other = (_spaces(model, ids, first) for model in (base, variant))
    return Cosines(*(_cosine(a, b) for a, b in zip(one, other, strict=True)))


def _spaces(model: "PreTrainedModel", ids: Sequence[int], first: int) -> "tuple[torch.Tensor, ...]":
    """States (B + 1, D), logits and probabilities (B + 1, V) from place `first` on, float32."""
    import torch

    last, seen = decoder_layers(model).modules[-1], dict[str, torch.Tensor]()
    with torch.inference_mode(), hooked(last.register_forward_hook(noting(seen, "states"))):
        logits = run(model, ids, first=first).logits[0, first - len(ids) :].float()
    states = seen["states"].reshape(len(ids), -1)[first:].float()
    return states, logits, logits.softmax(-1)


def _cosine(one: "torch.Tensor", other: "torch.Tensor") -> float:
    import torch

    return float(torch.nn.functional.cosine_similarity(one, beside(other, one), dim=-1).mean())
