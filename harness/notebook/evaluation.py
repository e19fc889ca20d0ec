"""Scores of a model, whole or pruned, as data frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.notebook.asking import STORE, require_kinds, subject_of
from harness.versions import require_extra

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Evaluation:
    """What a model answered."""

    model: str
    without: str
    """The layers that were removed, as `LayerPlan.describe` says it."""
    tasks: "pd.DataFrame"
    """One row a task: kind, items, expected score of guessing, mean score, both in [0, 1]."""
    items: "pd.DataFrame"
    """One row a task and item: score, label and answer."""

    def __repr__(self) -> str:
        """The mean score of every task."""
        shown = ", ".join(f"{row.task} {row.score:.3f}" for row in self.tasks.itertuples())
        return f"Evaluation({self.model} without {self.without}: {shown})"

    def _repr_html_(self) -> str:
        html: str = self.tasks.to_html(index=False, float_format="{:.3f}".format, escape=True)
        return html


def evaluate(
    model: str | Path,
    tasks: str | Sequence[str] | None = None,
    *,
    drop: str | None = None,
    data: str | Path | None = None,
    limit: int | None = None,
    store: str | Path = STORE,
    dtype: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """Ask a model, or what is left of it without some layers.

    Args:
        model: `tiny`, a folder, a `.gguf` file, or a hub id.
        tasks: names, or one; None takes what tells a model of its tier at a glance.
        drop: what is removed, as `2,6-7` or `attn9`; None removes nothing.
        data: folder of benchmark files (docs/data.md); None reads the hub.
        limit: items per task, a seeded random subset; None takes all.
        store: folder where answers are kept.
        dtype: of the weights; None as `load_model` has it.
        seed: decides which items a limit takes.

    Raises:
        BadInput: the model, a task, the plan, the data or pandas cannot be used.
    """
    require_extra("report", "data frames")
    import pandas as pd

    from harness.prune.plan import parse_plan
    from harness.tasks.suite import require_tasks, tasks_of

    tasks = (tasks,) if isinstance(tasks, str) else tasks
    require_kinds(drop=(drop, str))
    require_tasks(tasks or ())
    subject = subject_of(model, data, limit, store, dtype, seed)
    plan = subject.whole if drop is None else parse_plan(drop, subject.loaded.depth)
    results = subject.evaluate(plan, tuple(tasks or tasks_of(subject.tier)))
    scores: list[dict[str, Any]] = [
        {"task": task, "kind": one.kind, "n": len(one.outcomes), "chance": one.chance, "score": one.mean}
        for task, one in results.items()
    ]
    columns = ["task", "item_id", "score", "label", "response", "finish", "tokens"]
    items = [{"task": task, **vars(outcome)} for task, one in results.items() for outcome in one.outcomes]
    return Evaluation(subject.loaded.label, plan.describe(), pd.DataFrame(scores), pd.DataFrame(items, columns=columns))
