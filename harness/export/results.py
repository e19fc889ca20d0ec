"""Scores of an exported variant as the hub reads them: `model-index` in the card, and `.eval_results/` files. Pure.

Formats: huggingface_hub's `model_index_to_eval_results` and `EvalResultEntry` (2.4.0), the hub's page on results.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from harness.tasks.gsm8k import MAX_NEW_TOKENS

if TYPE_CHECKING:
    from harness.export.card import Provenance, Score

FILE = ".eval_results/layer-pruning-checks.yaml"
BENCHMARKS: Mapping[str, tuple[str, str]] = {"gsm8k": ("openai/gsm8k", "gsm8k")}
"""Task -> data set and task id of its leaderboard on the hub; of other tasks we have seen no ids written down."""
PERCENT = 100


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
            "dataset": dict(zip(("id", "task_id"), BENCHMARKS[score.task], strict=True)),
            "value": round(PERCENT * score.exported, 2),
            "date": provenance.date,
            "notes": f"without {plan.describe()} of {plan.depth} layers (unpruned: {PERCENT * score.unpruned:.2f}), "
            f"{score.items} items, zero-shot, greedy, at most {MAX_NEW_TOKENS} tokens, asked {provenance.asked}; "
            f"layer-pruning-checks "
            f"{provenance.versions.get('layer-pruning-checks', '')}".rstrip(),
        }
        for score in scores
        if score.whole and score.task in BENCHMARKS
    ]
    return yaml.safe_dump(entries, sort_keys=False, allow_unicode=True) if entries else None
