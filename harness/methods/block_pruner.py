"""BlockPruner: greedy removal of attention and MLP units by perplexity (2406.10594; MrGGLS/BlockPruner @ 8210707).

2n times the unit goes - the attention or the MLP of any layer, the first and the last included - whose removal, with
all that went before, leaves the lowest perplexity of the calibration texts. Of ties the attention of the lowest
layer goes, as in the released loop (`block_search.py`: attentions first, strict `<`). Published on 256 Alpaca samples
(the released script takes 32), joined by blank lines and cut into pieces of one length, nothing padded. The trace gives
the perplexity after each step.

Costs at most n(4L - 2n + 3) passes over the texts, most of them of half the layers (`prune.prefix`): whoever lost more
on some texts than the best on all is asked no more.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method
from harness.methods.tools.calibration_loss import perplexity_of
from harness.methods.tools.greedy import greedy_steps, in_parts
from harness.methods.tools.rivals import rivals
from harness.prune.plan import UNITS, UNITS_PER_LAYER, LayerPlan

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("block_pruner", passes=lambda depth, n: n * (4 * depth - 2 * n + 3))
def block_pruner(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove, one by one, the units that the texts miss least.

    Raises:
        BadInput: there are no calibration texts, or the model's units cannot be removed one by one.
    """
    depth = loaded.depth
    # the search takes the last of ties
    units = [(layer, unit) for unit in reversed(UNITS) for layer in reversed(range(depth))]
    steps = list(
        greedy_steps(
            units,
            UNITS_PER_LAYER * n,
            lambda gone: LayerPlan.without_units(gone, depth),
            in_parts(*rivals(loaded, calibration)),
        )
    )
    trace = tuple((step.plan.describe(), perplexity_of(-step.score)) for step in steps)
    plan = steps[-1].plan
    return Ranking(plan.removed, None, "block_pruner", plan, trace)
