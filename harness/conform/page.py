"""The scoreboard as a page: methods x ratios x what is kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.conform.comparison import kept
from harness.conform.measured import RATIOS, Measured, stored, tasks_of
from harness.tasks.suite import ARITHMETIC, CLASSIFICATION, GENERATIVE

if TYPE_CHECKING:
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult

INTRODUCTION = """\
Share of the unpruned score that is kept, with its 95 % interval over items (and over the ten draws of `random`): of
classification, of generation (word problems, code, headlines), of arithmetic (whole answer and first digit), and of
generation after the standard recovery (the unpruned model's own answers, the tier's recipe, one seed; of `random` three
draws). Sorted by generation. Made by `python -m harness scoreboard --method NAME`; item scores are in
`baselines/tiny/scoreboard/`.

It ranks methods on the tiny model only, which predicts question text badly: criteria by loss on texts (`perplexity`,
`greedy_nll`, `block_pruner`, `evopress`, `taylor`) say little here. `paper_*` are layer sets of the paper's own models,
and `tale_bsba` refuses where no layer can go for nothing: neither is ever measured here."""
HEAD = """\
| method | without | classification | generation | arithmetic | generation, recovered |
|---|---|---|---|---|---|"""


def page(subject: "Subject", folder: Path, methods: Sequence[str]) -> str:
    """Markdown of every stored measurement of `folder` that belongs to the subject's model."""
    base = subject.evaluate(subject.whole, tasks_of(subject.tier))
    parts = [
        f"# Scoreboard: {subject.loaded.label}",
        INTRODUCTION,
    ]
    for ratio in RATIOS:
        found = [measured for name in methods if (measured := stored(folder, name, ratio))]
        mine = [measured for measured in found if measured.model_fingerprint == subject.loaded.fingerprint]
        missing = sorted(set(methods) - {measured.method for measured in mine})
        parts += [f"## {ratio:.0%} of the layers", _table(base, mine, subject)]
        if missing:
            parts.append(f"Not measured: {', '.join(missing)}.")
    return "\n\n".join(parts) + "\n"


def _table(base: "Mapping[str, TaskResult]", found: Sequence[Measured], subject: "Subject") -> str:
    tier = subject.tier
    ordered = sorted(found, key=lambda measured: -_estimate(base, measured, GENERATIVE[tier]))
    rows = [
        f"| `{measured.method}` | {measured.plans[0]}{' and others' if len(measured.plans) > 1 else ''} | "
        + " | ".join(
            _cell(base, measured, tasks, recovered=recovered)
            for tasks, recovered in (
                (CLASSIFICATION[tier], False),
                (GENERATIVE[tier], False),
                (ARITHMETIC, False),
                (GENERATIVE[tier], True),
            )
        )
        + " |"
        for measured in ordered
    ]
    return "\n".join([HEAD, *rows])


def _estimate(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str]) -> float:
    interval = kept(base, measured, tasks)
    return interval.estimate if interval else 0.0


def _cell(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str], *, recovered: bool) -> str:
    interval = kept(base, measured, tasks, recovered=recovered)
    return f"{interval.estimate:.2f} [{interval.low:.2f}, {interval.high:.2f}]" if interval else ""
