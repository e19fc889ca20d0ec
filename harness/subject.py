"""The model under test: one resident base, its variants, and how they are evaluated in this run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from harness.models.load import LoadedModel, Tier
from harness.prune.plan import LayerPlan
from harness.prune.rank import rank_layers
from harness.prune.ratio import layer_count
from harness.prune.surgery import prune_layers
from harness.score.ledger import Ledger
from harness.score.scorer import Scorer
from harness.tasks.calibration import calibration_texts
from harness.tasks.outcome import TaskResult
from harness.tasks.suite import evaluate

SWEEP_ITEMS = {"tiny": 150, "small": 100, "gpu": 100}  # items per task and layer; 100 is the paper's


@dataclass(frozen=True)
class Subject:
    """A base model with everything that must stay equal between its variants."""

    loaded: LoadedModel
    tier: Tier
    data: Path | None
    """Folder of real benchmarks; None: the bundled mini-world, or the hub."""
    limit: int | None
    """Items per task, a seeded random subset; None: all."""
    store: Path | None
    seed: int = 0
    protocol: str = "sound"
    progress: TextIO | None = None
    ledger: Ledger = field(default_factory=Ledger)
    _scorers: dict[tuple[int, ...], Scorer] = field(default_factory=dict)

    @property
    def whole(self) -> LayerPlan:
        """The plan that removes nothing."""
        return LayerPlan.full(self.loaded.depth)

    @property
    def sweep_limit(self) -> int:
        """Items per task when every layer is removed in turn: a quarter of `limit`, since it evaluates L variants.

        Without a limit, SWEEP_ITEMS of the tier.
        """
        return max(1, self.limit // 4) if self.limit else SWEEP_ITEMS[self.tier]

    def plan(self, method: str, ratio: float) -> LayerPlan:
        """The layers that `method` keeps when `ratio` of them are removed."""
        count = layer_count(ratio, self.loaded.depth)
        texts = calibration_texts(self.tier, self.data, self.loaded.tokenizer, self.seed, self.protocol)
        ranking = rank_layers(method, self.loaded, count, texts, self.seed)
        return LayerPlan.without(ranking.layers, self.loaded.depth)

    def evaluate(self, plan: LayerPlan, tasks: Sequence[str], limit: int | None = None) -> dict[str, TaskResult]:
        """Results of a variant by task; `limit` overrides the run's own."""
        return evaluate(tasks, self._scorer(plan), self.data, limit or self.limit, self.seed)

    def fingerprint(self, plan: LayerPlan) -> str:
        """The variant's fingerprint."""
        return self._scorer(plan).fingerprint

    def _scorer(self, plan: LayerPlan) -> Scorer:
        if plan.kept not in self._scorers:
            model = prune_layers(self.loaded.model, plan.removed) if plan.removed else self.loaded.model
            label = f"{self.loaded.label} without {plan.describe()}" if plan.removed else self.loaded.label
            self._scorers[plan.kept] = Scorer(
                model, self.loaded.tokenizer, self.store, self.ledger, progress=self.progress, label=label
            )
        return self._scorers[plan.kept]
