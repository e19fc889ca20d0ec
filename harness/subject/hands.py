"""Who does what takes time: answers, rates, ranks, trains. A plan (`harness.foresee`) has hands that only count.

So what a check will ask is found out by the check itself, and there is no second list of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from harness.methods.method import Ranking
from harness.methods.rank import rank_layers
from harness.models.load import LoadedModel
from harness.models.spaces import Cosines, cosines
from harness.prune.plan import LayerPlan
from harness.recover.corpora import corpus_of
from harness.recover.corpus import Corpus
from harness.recover.recover import RecoveredModel, recover_along
from harness.recover.self_generated import SelfGeneration, self_generated
from harness.repair.repair import repaired
from harness.score.scorer import Scorer
from harness.tasks.outcome import TaskResult
from harness.tasks.samples import sample
from harness.tasks.suite import evaluate

Variant = LayerPlan | LoadedModel
"""What is left of the base by a plan, or a model with weights of its own, such as a recovered one."""


def _as_made(variant: Variant, scorer: Scorer) -> Scorer:  # noqa: ARG001  # others need it
    """The scorer of a variant, which asks its model."""
    return scorer


@dataclass(frozen=True)
class Hands:
    """What a subject does its work with."""

    scorer: Callable[[Variant, Scorer], Scorer] = _as_made
    """What answers for a variant, given its scorer."""
    evaluate: Callable[..., dict[str, TaskResult]] = evaluate
    sample: Callable[..., list[TaskResult]] = sample
    rank: Callable[..., Ranking] = rank_layers
    corpus: Callable[..., Corpus] = corpus_of
    self_generated: Callable[..., tuple[Corpus, SelfGeneration]] = self_generated
    recover: Callable[..., list[RecoveredModel]] = recover_along
    repair: Callable[..., LoadedModel] = repaired
    compare: Callable[..., Cosines] = cosines
    counts: bool = False
    """Whether they only count, so that what they choose is worth nothing."""
