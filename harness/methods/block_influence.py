"""Block Influence: a layer that hardly turns its input is assumed to matter little.

BI_l = 1 - E[cos(h_l, h_{l+1})], where h_l enters layer l; the lowest go first. Two ways to take the mean give
different layers:

- `block_influence_pooled` (a): over all tokens of all prompts (ShortGPT, 2403.03853);
- `block_influence` (b): per prompt, then over prompts (2602.01997).

States are read by hooks on the layers: the last entry of `output_hidden_states` is taken after the final norm and
would inflate the last layer. So the last layer's score is not ShortGPT's released one, which is of that entry
(icip-cas/ShortGPT @ 9a2ee8d); all others are. Cosines are float32. The first token (an attention sink) counts like any
other, as in both papers.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method, once
from harness.models.forward import run
from harness.models.hooks import passing
from harness.models.spread import beside
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch

    from harness.models.load import LoadedModel


def layers_from_cosine(cosines: Sequence[float], n: int) -> tuple[int, ...]:
    """The `n` layers with the highest cosine, the highest first; ties go to the deeper layer. Pure."""
    return tuple(sorted(range(len(cosines)), key=lambda layer: (-cosines[layer], -layer))[:n])


def token_cosines(loaded: "LoadedModel", texts: Sequence[str]) -> "list[torch.Tensor]":
    """Per text, cos(layer input, layer output) of every layer and token (L, T), float32.

    Raises:
        BadInput: there are no texts.
    """
    import torch

    if not texts:
        raise BadInput("block influence was given no calibration texts; it needs at least one")
    rows: dict[int, torch.Tensor] = {}

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        rows[layer] = torch.nn.functional.cosine_similarity(entering[0].float(), leaving[0].float(), dim=-1)

    cosines = []
    with torch.inference_mode(), passing(loaded.model, see):
        for text in texts:
            run(loaded.model, plain_ids(text, loaded.tokenizer))
            cosines.append(torch.stack([beside(rows[layer], rows[0]) for layer in range(loaded.depth)]))
    return cosines


def _ranking(cosines: Sequence[float], n: int, name: str) -> Ranking:
    return Ranking(layers_from_cosine(cosines, n), tuple(1 - cosine for cosine in cosines), name)


@method("block_influence", passes=once, calibration="worked")
def per_prompt(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Variant (b): mean over the tokens of a prompt, then over prompts."""
    import torch

    per_text = torch.stack([cosines.mean(dim=1) for cosines in token_cosines(loaded, calibration)])
    return _ranking(per_text.mean(dim=0).tolist(), n, "block_influence")


@method("block_influence_pooled", passes=once)
def pooled(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Variant (a): mean over all tokens."""
    import torch

    return _ranking(
        torch.cat(token_cosines(loaded, calibration), dim=1).mean(dim=1).tolist(), n, "block_influence_pooled"
    )
