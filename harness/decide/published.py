"""Published items against fresh ones: does a model answer better, and keep more, of what it may have read? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, PairedTask, paired_bootstrap, retention_gap
from harness.decide.resample import CONFIDENCE, RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Asked:
    """Mean scores on one kind of items."""

    base: float
    after: float
    items: int


@dataclass(frozen=True)
class Difference:
    """Published minus fresh; the two are different items, so each is weighted by itself."""

    published: Asked
    fresh: Asked
    base: Interval
    """Accuracy of the unpruned model: above 0 where published items are easier for it, known ones among them."""
    retention: Interval | None
    """Share of the base's score that the variant keeps; None where the base answers no item of one of the two."""


def published_minus_fresh(
    published: PairedTask, fresh: PairedTask, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> Difference:
    """Both differences, each with its interval.

    Raises:
        BadInput: a task without items, with unpaired or undefined scores.
    """

    def effect(_: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(base[0] - base[1])

    base = paired_bootstrap([published, fresh], effect, confidence, resamples)
    defined = any(published.base) and any(fresh.base)
    retention = retention_gap([published], [fresh], confidence, resamples) if defined else None
    return Difference(_asked(published), _asked(fresh), base, retention)


def _asked(task: PairedTask) -> Asked:
    return Asked(float(np.mean(task.base)), float(np.mean(task.pruned)), len(task.base))
