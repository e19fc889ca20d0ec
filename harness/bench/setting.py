"""What every row is given: the model with its items, and the machine; and the rows by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from harness.prune.plan import LayerPlan
from harness.score.scorer import Scorer
from harness.selfcheck.bounds import Shape
from harness.selfcheck.machine import Machine
from harness.selfcheck.shapes import model_shape
from harness.tasks.suite import SWEEP_SHARE

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.bench.turns import Compared
    from harness.models.load import LoadedModel
    from harness.subject import Subject


@dataclass(frozen=True)
class Setting:
    """One model on one machine."""

    subject: "Subject"
    """Keeps nothing on disk."""
    items: int
    """Per task."""
    machine: Machine
    tasks: Sequence[str]
    """Those that are scored by likelihood."""
    turns: int = 3
    """Of both on the clock, at most."""
    tell: Callable[[str], object] = lambda _: None
    """Told what was done on the way."""

    @property
    def loaded(self) -> "LoadedModel":
        """The unpruned model."""
        return self.subject.loaded

    @property
    def few(self) -> int:
        """Items per task where many variants are asked."""
        return max(1, self.items // SWEEP_SHARE)

    @cached_property
    def shape(self) -> Shape:
        """Of the unpruned model."""
        return model_shape(self.loaded.model)

    @property
    def without_each(self) -> list[LayerPlan]:
        """Every layer removed in turn."""
        return [LayerPlan.without((layer,), self.loaded.depth) for layer in range(self.loaded.depth)]

    def scorer(self, model: "PreTrainedModel | None" = None, budget: int | None = None) -> Scorer:
        """What answers for a model, and knows no answer yet.

        Args:
            model: None: the unpruned one.
            budget: tokens of a generation batch; None: the tier's.
        """
        scoring, generation = self.subject.variants.budgets()
        return Scorer(
            self.loaded.model if model is None else model, self.loaded.tokenizer,
            scoring_budget=scoring, generation_budget=budget or generation,
        )  # fmt: skip


Row = Callable[[Setting], "Compared"]
"""Raises `BadInput` where it cannot be had here."""
R = TypeVar("R", bound=Row)
ROWS: dict[str, Row] = {}
LONG: dict[str, str] = {}
"""Rows that are run where they are named only -> why."""


def row(name: str, long: str = "") -> Callable[[R], R]:
    """Register a row of the benchmark; `long` says why it is run only where it is named."""

    def register(function: R) -> R:
        ROWS[name] = function
        LONG.update({name: long} if long else {})
        return function

    return register
