"""What plans keep on the selection items: the score that a method which searches by task scores is given."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.methods.method import PartScore
from harness.prune.plan import LayerPlan
from harness.score.sweep import SweepScorer
from harness.subject.questions import Questions
from harness.subject.variants import Variants
from harness.tasks.outcome import TaskResult
from harness.tasks.part import limit_for
from harness.tasks.task import Split
from harness.text.requests import Respondent

PARTS = 4
"""Of the items, after each of which a search may drop plans. More would ask fewer items in smaller batches: ten take
longer on the tiny model than asking everyone everything at once."""


@dataclass(frozen=True)
class Selection:
    """The items on which plans are compared, and what the unpruned model scores on them."""

    variants: Variants
    questions: Questions
    splits: Mapping[str, Split]
    """Tasks, each with the split that its items come from."""
    limit: int
    """Items per task."""
    _base: dict[str, TaskResult] = field(default_factory=dict)

    @property
    def score(self) -> PartScore:
        """What rates a plan: all items at once, or part by part."""
        return PartScore(self.kept, self.kept_at_most, PARTS)

    @property
    def base(self) -> Mapping[str, TaskResult]:
        """The unpruned model's results by task."""
        if not self._base:
            self._base.update(self.put(self.variants.scorer(self._whole), self.limit))
        return self._base

    def put(self, to: Respondent, limit: int) -> dict[str, TaskResult]:
        """Results by task on so many items."""
        asked, results = self.questions, dict[str, TaskResult]()
        for task, split in self.splits.items():
            results |= asked.evaluate([task], to, asked.source, limit, asked.seed, split)
        return results

    def kept(self, plan: LayerPlan) -> float:
        """How much of the unpruned model's score a plan keeps: mean retention over the tasks.

        As the paper's greedy search has it (`lp/script.py` @ 0890223). The items are in no test set under the sound
        protocol; under the paper's they are the published ones as far as `tasks.suite.PUBLISHED_SELECTION` can have
        them.
        """
        base = self.base  # asked first
        return retention(self.put(self.variants.scorer(plan), self.limit), base)

    def kept_at_most(self, plans: Sequence[LayerPlan], parts: int) -> list[float]:
        """`kept` of several plans that are asked so many of PARTS of the items, if they had all others right.

        The plans are asked together, so that whatever they share is run once.
        """
        if not parts:
            return [retention({}, self.base)] * len(plans)
        limit = self.limit if parts == PARTS else min(self.limit, limit_for(self.base.values(), parts / PARTS))
        scorers = {plan: self.variants.scorer(plan) for plan in plans}
        if len(scorers) > 1:
            whole, fills = self.variants.scorer(self._whole), self.variants.batch_tokens is None
            self.put(SweepScorer(whole, scorers, fills=fills), limit)
        return [retention(self.put(scorer, limit), self.base) for scorer in scorers.values()]

    @property
    def _whole(self) -> LayerPlan:
        return LayerPlan.full(self.variants.loaded.depth)


def retention(found: Mapping[str, TaskResult], base: Mapping[str, TaskResult]) -> float:
    """Mean over tasks of the share of the base's score; an item that was not asked counts as right. Pure.

    The terms are those of all items, in their order, so rounding makes no bound less than what comes out.
    """
    kept = []
    for task, whole in base.items():
        scores = {outcome.item_id: outcome.score for outcome in found[task].outcomes} if task in found else {}
        mean = sum(scores.get(outcome.item_id, 1.0) for outcome in whole.outcomes) / len(whole.outcomes)
        kept.append(mean / whole.mean if whole.mean else float(mean > 0))
    return statistics.fmean(kept)
