"""Scores of an exported variant as the hub reads them: `model-index` in the card, and `.eval_results/` files. Pure.

Formats: huggingface_hub's `model_index_to_eval_results` and `EvalResultEntry` (2.4.0), the hub's page on results.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from harness.tasks.gsm8k import MAX_NEW_TOKENS

if TYPE_CHECKING:
    from harness.export.card import Provenance, Score
    from harness.tasks.outcome import TaskResult

FILE = ".eval_results/layer-pruning-checks.yaml"
PERCENT = 100


@dataclass(frozen=True)
class Benchmark:
    """A leaderboard of the hub, and what a model must have been asked to stand on it."""

    dataset: str
    task_id: str
    content: str
    """What `TaskResult.content` is of the whole test split in its order: no item less, more or other."""


BENCHMARKS: Mapping[str, Benchmark] = {"gsm8k": Benchmark("openai/gsm8k", "gsm8k", "6860644d7d5a")}  # 1,319 items
"""By task; of other tasks than these we have seen no ids written down."""


def is_whole(*results: "TaskResult") -> bool:
    """Whether each model was asked all items of a published test split, as published: a folder may hold any."""
    return all(one.task in BENCHMARKS and one.content == BENCHMARKS[one.task].content for one in results)


def model_index(provenance: "Provenance", scores: "Sequence[Score]") -> dict[str, Any]:
    """The card's front matter about scores in [0, 1], each of so many items; empty where no task has a data set."""
    results = [
        {
            "task": {"type": "text-generation"},
            "dataset": {"name": f"{score.task}, {score.items} items", "type": score.dataset},
            "metrics": [{"type": score.metric, "value": round(score.exported, 4), "name": score.metric}],
        }
        for score in scores
        if score.dataset is not None
    ]
    return {"model-index": [{"name": provenance.title, "results": results}]} if results else {}


def eval_results(provenance: "Provenance", scores: "Sequence[Score]") -> str | None:
    """What leaderboards of the hub may show: percentages of whole benchmarks, since a subset is not comparable.

    Returns:
        YAML for `FILE`; None where no benchmark that has a leaderboard was asked whole.
    """
    plan = provenance.plan
    entries = [
        {
            "dataset": {"id": BENCHMARKS[score.task].dataset, "task_id": BENCHMARKS[score.task].task_id},
            "value": round(PERCENT * score.exported, 2),
            "date": provenance.date,
            "notes": f"without {plan.describe()} of {plan.depth} layers{provenance.changed} "
            f"(unpruned: {PERCENT * score.unpruned:.2f}), {score.items} items, zero-shot, greedy, at most "
            f"{MAX_NEW_TOKENS} tokens, asked {provenance.asked}; layer-pruning-checks "
            f"{provenance.versions.get('layer-pruning-checks', '')}".rstrip(),
        }
        for score in scores
        if score.whole and score.task in BENCHMARKS
    ]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True) if entries else None
