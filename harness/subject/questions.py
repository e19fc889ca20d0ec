"""What is asked, the same of the base and of every variant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.tasks.outcome import TaskResult
from harness.tasks.source import Source
from harness.tasks.suite import (
    ARITHMETIC,
    TASKS,
    evaluate,
    prompts,
    reads,
)
from harness.text.requests import GenerationRequest, Respondent
from harness.tiers import TIERS, TierName


@dataclass(frozen=True)
class Questions:
    """Tasks of a tier with the items that a run takes of them."""

    tier: TierName
    source: Source
    limit: int | None
    """Items per task, a seeded random subset; None: all."""
    seed: int
    protocol: str
    evaluate: Callable[..., dict[str, TaskResult]] = evaluate
    """Who puts them."""
    _prompts: list[str] = field(default_factory=list)

    def put(self, tasks: Sequence[str], to: Respondent, limit: int | None = None) -> dict[str, TaskResult]:
        """Results by task; `limit` overrides the run's own.

        Raises:
            BadInput: a task's items cannot be had.
        """
        return self.evaluate(tasks, to, self.source, limit or self.limit, self.seed)

    def planned(self, tasks: Sequence[str], limit: int | None = None) -> dict[str, int]:
        """How many items of each task an evaluation asks, before any is left out.

        lm-eval's tasks count as few as a slice where no limit says otherwise: they are cheap, and asked whole.
        """
        most = limit or self.limit
        sizes = {task: len(TASKS[task].load(self.source, "test")) for task in tasks if task in TASKS}
        return {task: min(sizes.get(task, most or 1), most or sizes.get(task, 1)) for task in tasks}

    def written(self, tasks: Sequence[str]) -> list[str]:
        """Those whose answers are written; of the others, lm-eval's among them, likelihoods are asked."""
        first = {task: TASKS[task].ask(TASKS[task].load(self.source, "test")[0]) for task in tasks if task in TASKS}
        return [task for task, asked in first.items() if isinstance(asked[0], GenerationRequest)]

    def longest_answer(self, task: str) -> int:
        """Most tokens that an answer to a task may have, of those that are written."""
        asked = TASKS[task].ask(TASKS[task].load(self.source, "test")[0])
        return max(request.max_new_tokens for request in asked if isinstance(request, GenerationRequest))

    @property
    def prompts(self) -> list[str]:
        """What the tier's generative tasks ask; neither a method nor a recovery may have seen it."""
        if not self._prompts:
            asked = (*TIERS[self.tier].generative, *ARITHMETIC)
            had = [task for task in asked if reads(task).may_be_in(self.source)]
            self._prompts.extend(prompts(had, self.source))
        return self._prompts
