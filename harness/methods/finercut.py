"""FinerCut: greedy removal of attention and MLP units by how the predictions change (2405.18218).

YaNgZhAnG-V5/llm_dissect @ e1b641a, `scripts/prune_layer.py` with `configs/llama3_8b.yaml` and the README's `-x 0.4`:
2n times the unit goes whose removal, with all that went before, leaves the predictions nearest to the unpruned model's.
The distance is what the authors call the Jensen-Shannon divergence, 1/2 KL(m || p) + 1/2 KL(m || q), m = (p + q) / 2
(their arguments are the other way round than in its definition), over all tokens. Units of the first 40 % of the layers
stay until more than 40 % of the units are gone. Published on 10 texts of 256 tokens of WikiText-2.

Other than there: what a text's last token predicts is left out, and of equal distances the attention of the lowest
layer goes, not the first name in the alphabet. The trace gives the distance after each step.

Costs at most n(4L - 2n + 3) whole passes over the texts (`passes`), hours for a 0.5B model on a CPU: `harness rank
--texts 2` shows after the first of them what is left.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method
from harness.methods.tools.calibration_loss import token_rows
from harness.methods.tools.divergence import divergences, from_the_middle
from harness.prune.plan import UNITS, UNITS_PER_LAYER, LayerPlan, Unit

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

KEPT_SHARE = 0.4  # of the layers, in front


def first_free(depth: int, gone: int) -> int:
    """The first layer whose units may go after so many units are gone. Pure."""
    opened = gone > int(UNITS_PER_LAYER * depth * KEPT_SHARE)
    return 0 if opened else int(depth * KEPT_SHARE) + 1


def candidates(depth: int, gone: Sequence[tuple[int, Unit]]) -> list[tuple[int, Unit]]:
    """The units that may go next. Pure."""
    first = first_free(depth, len(gone))
    return [(layer, unit) for unit in UNITS for layer in range(first, depth) if (layer, unit) not in gone]


def passes(depth: int, n: int) -> int:
    """The unpruned model and every candidate, in each step. Pure."""
    return sum(1 + UNITS_PER_LAYER * (depth - first_free(depth, gone)) - gone for gone in range(UNITS_PER_LAYER * n))


@method("finercut", passes=passes)
def finercut(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove, one by one, the units without which the predictions change least.

    Raises:
        BadInput: there are no calibration texts, the model's units cannot be removed one by one, or too few may go.
    """
    rows, depth = token_rows(loaded, calibration), loaded.depth
    gone, trace = list[tuple[int, Unit]](), list[tuple[str, float]]()
    for _ in range(UNITS_PER_LAYER * n):
        may_go = candidates(depth, gone)
        if not may_go:
            raise BadInput(
                f"finercut keeps the first {KEPT_SHARE:.0%} of {depth} layers, and {n} are to go; remove fewer"
            )
        plans = [LayerPlan.without_units([*gone, unit], depth) for unit in may_go]
        found = divergences(loaded.model, plans, rows, from_the_middle)
        place = min(range(len(may_go)), key=found.__getitem__)
        gone.append(may_go[place])
        trace.append((plans[place].describe(), found[place]))
    return Ranking(plans[place].removed, None, "finercut", plans[place], tuple(trace))
