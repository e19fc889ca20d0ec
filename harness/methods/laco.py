"""LaCo: layers are merged into the one below them (2402.11187).

A scan goes down from the top. At layer l the next m layers are merged into it; if the final hidden states of a few
short texts still point the way they did (cosine of the flattened states, mean over texts, above a threshold T), the
merge stays and the scan moves down by an interval, else by one. A merged layer may be merged again.

- `laco`, as written: theta_l* = theta_l + sum over k = 1..m of (theta_{l+k} - theta_l), all parameters of the layer.
- `laco_released`: the released code (yangyifei729/LaCo @ 8483587) adds theta_{l+k} - theta_l* to a theta_l* that has
  already moved, so the sum telescopes: the layer gets the weights of the last merged layer and keeps its own norms. It
  leaves biases alone, which its Llama has not; here they move with the weights.

The published procedure fixes T, and what goes follows from it; here exactly n layers go. Rule: the strictest T of .95,
.90, ... at which the scan merges n layers away, the last merge cut short so that no more go; the last T takes anything.
Settings are the released notebook's for 40 layers: at most 7 layers to one (n + 1 where that is fewer), interval 1,
the scan begins with the last layer out of reach, 5 texts. Final states are taken after the final norm, as there.

The trace gives the merges of the accepted scan with their cosines.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method
from harness.models.plain import require_plain
from harness.prune.apply import apply_plan
from harness.prune.plan import Blend, LayerPlan
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel

MOST_MERGED = 7
INTERVAL = 1
TEXTS = 5
THRESHOLDS = (*(step / 100 for step in range(95, -100, -5)), float("-inf"))

Stack = tuple[Blend, ...]
"""The layers of a model, each as a mix of the original ones."""
Merge = Callable[[Stack], Blend]
"""Several neighbouring layers, the lowest first, become one."""


def as_written(layers: Stack) -> Blend:
    """The formula of the paper. Pure."""
    weights: dict[int, float] = {}
    for position, layer in enumerate(layers):
        share = 1.0 if position else 2.0 - len(layers)  # theta_l itself, less once for each of the m merged layers
        for source, coefficient in layer.of:
            weights[source] = weights.get(source, 0.0) + share * coefficient
    return Blend(layers[0].layer, tuple(sorted((source, value) for source, value in weights.items() if value)))


def as_released(layers: Stack) -> Blend:
    """What the released code computes. Pure."""
    return Blend(layers[0].layer, layers[-1].of, own_norms=True)


def plan_of(stack: Stack, depth: int) -> LayerPlan:
    """A stack as a plan. Pure."""
    blends = tuple(layer for layer in stack if layer.of != ((layer.layer, 1.0),))
    return LayerPlan(tuple(layer.layer for layer in stack), depth, blends=blends)


def scan(
    depth: int, n: int, threshold: float, merge: Merge, similarity: Callable[[LayerPlan], float]
) -> Iterator[tuple[LayerPlan, float]]:
    """The accepted merges of one scan, each as the plan so far and its cosine; at most `n` layers go."""
    stack: Stack = tuple(Blend(layer, ((layer, 1.0),)) for layer in range(depth))
    most = min(MOST_MERGED, n + 1)
    layer = max(0, depth - 1 - most)
    while layer >= 0 and len(stack) > depth - n:
        merged = min(most - 1, len(stack) - 1 - layer, n - depth + len(stack))
        if merged == 0:  # the top layer alone
            layer -= INTERVAL
            continue
        tried = (*stack[:layer], merge(stack[layer : layer + merged + 1]), *stack[layer + merged + 1 :])
        plan = plan_of(tried, depth)
        cosine = similarity(plan)
        if cosine <= threshold:
            layer -= 1
            continue
        yield plan, cosine
        stack = tried
        layer -= INTERVAL
        if layer >= len(stack):
            layer = len(stack) - 1 - most


def _ranking(loaded: "LoadedModel", n: int, texts: Sequence[str], merge: Merge, name: str) -> Ranking:
    require_plain(loaded.model, f"{name} mixes the weights of layers")
    similarity = _similarity(loaded, texts[:TEXTS])
    for threshold in THRESHOLDS:
        merges = list(scan(loaded.depth, n, threshold, merge, similarity))
        if merges and len(merges[-1][0].removed) == n:
            plan = merges[-1][0]
            return Ranking(
                plan.removed, None, name, plan, tuple((tried.describe(), cosine) for tried, cosine in merges)
            )
    raise BadInput(
        f"{name} cannot merge away {n} of {loaded.depth} layers in one scan from the top; ask for fewer layers"
    )


def _similarity(loaded: "LoadedModel", texts: Sequence[str]) -> Callable[[LayerPlan], float]:
    """Rates a plan by the cosine of its final states with the unpruned model's; a plan met before is not run again."""
    import torch

    if not texts:
        raise BadInput("the criterion was given no calibration texts; it needs at least one")
    rows = [plain_ids(text, loaded.tokenizer) for text in texts]
    dense = [_final_states(loaded.model, row) for row in rows]
    known: dict[LayerPlan, float] = {}

    def rate(plan: LayerPlan) -> float:
        if plan not in known:
            model = apply_plan(loaded.model, plan)
            cosines = [
                torch.cosine_similarity(states.flatten(), _final_states(model, row).flatten(), dim=0)
                for row, states in zip(rows, dense, strict=True)
            ]
            known[plan] = float(torch.stack(cosines).mean())
        return known[plan]

    return rate


def _final_states(model: "PreTrainedModel", row: Sequence[int]) -> "torch.Tensor":
    """States after the final norm (1, T, D), float32."""
    import torch

    with torch.inference_mode():
        ids = torch.tensor([list(row)], device=model.device)
        states: torch.Tensor = model.base_model(input_ids=ids, use_cache=False)[0]
        return states.float()


@method("laco")
def laco(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Merge `n` layers into others, as the paper writes it.

    Raises:
        BadInput: there are no calibration texts, one scan cannot merge so many layers away, or the weights are
            quantised.
    """
    return _ranking(loaded, n, calibration, as_written, "laco")


@method("laco_released")
def laco_released(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Merge `n` layers into others, as the released code does it.

    Raises:
        BadInput: there are no calibration texts, one scan cannot merge so many layers away, or the weights are
            quantised.
    """
    return _ranking(loaded, n, calibration, as_released, "laco_released")
