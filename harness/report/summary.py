"""What a failed check prints, what a baseline stores, and which pictures a run draws."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.report.environment import versions
from harness.report.items import worst_items
from harness.report.record import ClaimRecord
from harness.tasks.outcome import TaskResult

Results = dict[str, dict[str, TaskResult]]


def item_hash(results: Results) -> str:
    """12 hexadecimal digits naming the items of every task, order included."""
    first = next(iter(results.values()))
    ids = [f"{task} {outcome.item_id}" for task, result in sorted(first.items()) for outcome in result.outcomes]
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


def baseline_of(record: ClaimRecord, results: Results, command: str) -> dict[str, Any]:
    """What is stored of a decided claim: counts per variant and task as [total score, items]."""
    scores = {
        f"{variant} | {task}": [round(sum(result.scores), 4), len(result.outcomes)]
        for variant, by_task in results.items()
        for task, result in by_task.items()
    }
    return {
        "claim": record.claim,
        "model_fingerprint": record.model_fingerprint,
        "params": record.params,
        "verdict": record.verdict,
        "items": item_hash(results),
        "scores": scores,
        "effect": {
            "estimate": round(record.effect.estimate, 4),
            "low": round(record.effect.low, 4),
            "high": round(record.effect.high, 4),
        },
        "p_value": record.p_value,
        "cost": {"seconds": record.cost.seconds, "generated_tokens": record.cost.generated_tokens},
        "versions": versions(),
        "command": command,
    }


def explain(record: ClaimRecord, results: Results, items: Path, command: str) -> str:
    """The answer to a failed check's next questions: expected, measured, worst items, how to repeat."""
    effect = record.effect
    lines = [
        f"{record.claim}: {record.verdict}. {record.reason}",
        f"  claim:    {record.title}",
        f"  paper:    {record.paper.value} ({record.paper.source})",
        f"  measured: {effect.name} {effect.estimate:.3f} [{effect.low:.3f}, {effect.high:.3f}] {effect.unit}",
        f"  p-value:  {record.p_value:.2g}, n = {record.n_items}",
    ]
    base, *others = results.values()
    if others:
        lines += [
            f"  worst in {task}: {item.item_id} -> {item.response[:80]!r}"
            for task, result in base.items()
            for item in worst_items(result, others[0][task], k=1)
        ]
    return "\n".join([*lines, f"  items:    {items}", f"  repeat:   {command}"])


def draw(folder: Path, records: Sequence[ClaimRecord]) -> list[Path]:
    """One picture for every record that measured something per task or per layer."""
    from harness.report.picture import layer_picture, retention_picture

    drawn = []
    for record in records:
        stem = f"{record.claim}--{record.model}--{record.params.get('method', 'every-layer')}".replace("/", "-")
        if "retention" in record.measurements:
            path = folder / f"{stem.replace(':', '-')}.png"
            retention_picture(path, record.measurements["retention"], title=f"{record.title}\n{record.model}")
            drawn.append(path)
        if "layers" in record.measurements:
            path = folder / f"{stem.replace(':', '-')}.png"
            layer_picture(path, record.measurements["layers"], title=f"{record.title}\n{record.model}")
            drawn.append(path)
    return drawn
