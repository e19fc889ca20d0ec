"""SLEB: greedy removal by the loss of what is left (2402.09025).

n times the layer goes whose removal, with all that went before, leaves the lowest total NLL of the calibration texts.
The first and the last layer never go; of ties the smaller index goes, as in the released loop (jiwonsong-dev/SLEB @
d07129a, `sleb.py`). Published on 128 WikiText-2 samples. Costs at most n(2L - n - 1)/2 passes over the texts, most of
them of half the layers (`prune.prefix`): whoever lost more on some texts than the best on all is asked no more. The
trace gives the perplexity after each step.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method
from harness.methods.tools.calibration_loss import perplexity_of
from harness.methods.tools.greedy import greedy_layers, in_parts
from harness.methods.tools.rivals import rivals

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("greedy_nll", passes=lambda depth, n: n * (2 * depth - n - 1) // 2)
def greedy_nll(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove, one by one, the layers that the texts miss least.

    Raises:
        BadInput: there are no calibration texts, or the layers between the first and the last are fewer than `n`.
    """
    rate = in_parts(*rivals(loaded, calibration))  # a mean over the same tokens ranks like the total
    steps = list(greedy_layers(range(1, loaded.depth - 1), n, loaded.depth, rate, smaller_goes=True))
    trace = tuple((step.plan.describe(), perplexity_of(-step.score)) for step in steps)
    return Ranking(tuple(step.gone for step in steps), None, "greedy_nll", trace=trace)
