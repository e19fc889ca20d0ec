"""TALE: greedy removal by task scores with a stop rule (2510.22767; `neighbouring-methods.md` F8).

The layer goes whose removal keeps the highest score, until that score is below dense - eps; any layer may go, the first
included (`experiments/task_search/*.py`, omyokun/tale @ da8bb75). Of what the search passed through two plans are
reported:

- `tale_best`: the highest score; of equals the one with fewer layers;
- `tale_bsba`: the fewest layers at or above the dense score.

Scores are retentions, so that dense is 1; eps is the published .08 of accuracy, here of retention: stricter where the
dense accuracy is below 1. n is an upper limit. Ties go to the larger index. The step that broke the stop rule is in the
trace but is no candidate, except that a search whose first step breaks it has nothing else: there `tale_best` gives
that one layer, the best of a bad lot, since a plan must remove something; `tale_bsba` refuses, because any layer would
be below what its name promises.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.prune.greedy import Step, greedy_layers, one_by_one
from harness.prune.rank import Ranking, Score, method

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

DENSE = 1.0
EPS = 0.08


def _search(depth: int, n: int, score: Score) -> list[Step[int]]:
    """The steps up to `n`, the one that breaks the stop rule included."""
    steps = []
    for step in greedy_layers(range(depth), n, depth, one_by_one(score)):
        steps.append(step)
        if step.score < DENSE - EPS:
            break
    return steps


def _ranking(steps: Sequence[Step[int]], chosen: Step[int], name: str) -> Ranking:
    layers = tuple(step.gone for step in steps[: steps.index(chosen) + 1])
    return Ranking(layers, None, name, trace=tuple(step.row for step in steps))


@method("tale_best", needs="task_scores", may_stop_early=True)
def tale_best(
    loaded: "LoadedModel",
    n: int,
    calibration: Sequence[str],  # noqa: ARG001
    seed: int,  # noqa: ARG001
    score: Score,
) -> Ranking:
    """Remove up to `n` layers: as many as give the highest score."""
    steps = _search(loaded.depth, n, score)
    passed = [step for step in steps if step.score >= DENSE - EPS] or steps[:1]
    return _ranking(steps, max(reversed(passed), key=lambda step: step.score), "tale_best")


@method("tale_bsba", needs="task_scores", may_stop_early=True)
def tale_bsba(
    loaded: "LoadedModel",
    n: int,
    calibration: Sequence[str],  # noqa: ARG001
    seed: int,  # noqa: ARG001
    score: Score,
) -> Ranking:
    """Remove up to `n` layers: as many as keep the dense score.

    Raises:
        BadInput: no layer can go without losing some of it.
    """
    steps = _search(loaded.depth, n, score)
    passed = [step for step in steps if step.score >= DENSE]
    if not passed:
        best = max(steps, key=lambda step: step.score)
        raise BadInput(
            f"tale_bsba: no layer can go without a lower score on the selection items (the best plan found, without "
            f"{best.plan.describe()}, keeps {best.score:.3f}); use tale_best, or greedy_task, which has no stop rule"
        )
    return _ranking(steps, passed[-1], "tale_bsba")
