"""TALE: greedy removal by task scores with a stop rule (2510.22767).

The layer goes whose removal keeps the highest score (ties go to the smallest index) until that score is below dense -
eps; any layer may go, the first included. Of what the search passed through, nothing removed included, two plans are
reported, as in the released loop (omyokun/tale @ da8bb75, `src/tale/search.py:run_search`):

- `tale_best`: the highest score; ties go to the plan with fewer layers removed;
- `tale_bsba`: the most layers removed at or above the dense score.

Scores are retentions, so that dense is 1; eps is the published .08 of accuracy, here of retention: stricter where the
dense accuracy is below 1. n is an upper limit. The step that broke the stop rule is in the trace but is no candidate.
Where the released search ends with nothing removed, both refuse here, since a plan must remove something.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, Score, method
from harness.methods.tools.greedy import Step, by_tasks, greedy_layers

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

DENSE = 1.0
EPS = 0.08


def _search(depth: int, n: int, score: Score) -> list[Step[int]]:
    """The steps up to `n`, the one that breaks the stop rule included."""
    steps = []
    for step in greedy_layers(range(depth), n, depth, by_tasks(score), smaller_goes=True):
        steps.append(step)
        if step.score < DENSE - EPS:
            break
    return steps


def _ranking(steps: Sequence[Step[int]], chosen: Step[int] | None, name: str) -> Ranking:
    if chosen is None:
        best = max(steps, key=lambda step: step.score)
        raise BadInput(
            f"{name}: the released search ends with nothing removed (the best plan found, without "
            f"{best.plan.describe()}, keeps {best.score:.3f} of the selection score); use greedy_task, which has no "
            f"stop rule"
        )
    layers = tuple(step.gone for step in steps[: steps.index(chosen) + 1])
    return Ranking(layers, None, name, trace=tuple(step.row for step in steps))


@method("tale_best", needs="task_scores", may_stop_early=True)
def tale_best(
    loaded: "LoadedModel",
    n: int,
    score: Score,
) -> Ranking:
    """Remove up to `n` layers: as many as give the highest score.

    Raises:
        BadInput: none can go for a higher score than with nothing removed.
    """
    steps = _search(loaded.depth, n, score)
    best = max(steps, key=lambda step: step.score)  # ties go to the first: fewer layers removed
    return _ranking(steps, best if best.score > DENSE else None, "tale_best")


@method("tale_bsba", needs="task_scores", may_stop_early=True)
def tale_bsba(
    loaded: "LoadedModel",
    n: int,
    score: Score,
) -> Ranking:
    """Remove up to `n` layers: as many as keep the dense score.

    Raises:
        BadInput: no layer can go without losing some of it.
    """
    steps = _search(loaded.depth, n, score)
    passed = [step for step in steps if step.score >= DENSE]
    return _ranking(steps, passed[-1] if passed else None, "tale_bsba")
