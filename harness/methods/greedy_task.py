"""Greedy search by task scores: the paper's Iterative method (2602.01997).

n times the layer goes whose removal, with all that went before, keeps the highest score on the selection items. As
published (`lp/script.py:103-247` @ 0890223) layer 0 always stays, the last layer may go, ties go to
the larger index, and there is neither a look-ahead nor a stop rule.

There is one method for both protocols, because the search is the same: what differs is the score, and that is
`subject.selection`'s. Under `--protocol sound` selection items are in no test set; under `--protocol paper` they
are the published ones as far as they can be had, and a part of them is in the test sets (`tasks/suite.py` says which).

Cost: n(2L - n - 1)/2 candidates, 168 for 7 of 28 layers. One of a step, the likely winner, is run over all selection
items; of the others whoever would be behind it if all items that are left were right is asked no more.
"""

from typing import TYPE_CHECKING

from harness.methods.method import Ranking, Score, method
from harness.methods.tools.greedy import by_tasks, greedy_layers

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("greedy_task", needs="task_scores", calibration="worked")
def greedy_task(
    loaded: "LoadedModel",
    n: int,
    score: Score,
) -> Ranking:
    """Remove, one by one, the layers that the tasks miss least.

    Raises:
        BadInput: all layers but the first are fewer than `n`.
    """
    steps = list(greedy_layers(range(1, loaded.depth), n, loaded.depth, by_tasks(score)))
    layers = tuple(step.gone for step in steps)
    return Ranking(layers, None, "greedy_task", trace=tuple(step.row for step in steps))
