"""Prune&Comp's search: block influence, measured again on the compensated model after each layer.

2507.18212; chenxinrui-tsinghua/PruneAndComp @ a19f882, `CosSim_BI.py`. Influence is 1 - E cos(h_l, h_{l+1}) over all
tokens of all texts, read by hooks on the layers, so before the final norm, as there. The layers alone come out: the
recovery recipe `prune-and-comp` gives the pruned model the scales that go with them (`harness.prune.compensation`).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method
from harness.prune.compensation import compensated_steps
from harness.prune.plan import LayerPlan
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def _a_step(depth: int, n: int) -> int:  # noqa: ARG001  # the signature of PassCount
    """One pass per layer that goes."""
    return n


@method("prune_and_comp", passes=_a_step)
def prune_and_comp(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """The `n` layers in the order in which they go; scores are the unpruned model's influences, the trace has scales.

    Raises:
        BadInput: as `compensated_steps`.
    """
    texts = [plain_ids(text, loaded.tokenizer) for text in calibration]
    steps = compensated_steps(loaded.model, texts, n, range(loaded.depth))
    gone = tuple(step.layer for step in steps)
    trace = tuple(
        (LayerPlan.without(gone[: place + 1], loaded.depth).describe(), step.scale) for place, step in enumerate(steps)
    )
    return Ranking(gone, steps[0].influence, "prune_and_comp", trace=trace)
