"""What a method keeps at a ratio, item by item, before and after recovery; stored so that references are run once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import files
from harness.decide.seeds import SeededTask
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.report.baseline import content_hash, item_hash, packed
from harness.report.names import slug
from harness.rules import rules
from harness.tasks.calibration import default_calibration
from harness.tasks.outcome import TaskResult
from harness.tasks.pairs import seeded
from harness.tasks.suite import tasks_of

if TYPE_CHECKING:
    from harness.subject import Subject

REFERENCES = ("block_influence", "reverse", "random", "greedy_task")
RATIOS = (0.10, 0.25, 0.40)
SEEDS = {"random": 10}
"""Draws of a reference that draws; 1 of any other."""
RECOVERED = 3
"""Runs that are recovered, of a method with more."""
OF_A_RECOVERY = {"recipe", "corpora", "examples", "max_new_tokens", "responses", "drop"}
"""What, done otherwise than by default, makes a stored measurement another one."""
Scores = dict[str, list[tuple[float, ...]]]
"""Task -> one tuple of item scores a run."""


@dataclass(frozen=True)
class Measured:
    """One method at one ratio."""

    method: str
    ratio: float
    model_fingerprint: str
    items: str
    """Hash of the item ids of all tasks."""
    plans: tuple[str, ...]
    """What was removed, one text a run."""
    before: Scores
    after: Scores
    """After the standard recovery of the first RECOVERED runs; empty where none was recovered."""
    calibration: str | None = None
    """What the method was calibrated on, as `Subject.calibrated_on` names it; None where it looks at no texts."""
    contents: str | None = None
    """Hash of what the items say; None in files of before there was one."""
    judged: str | None = None
    """The code that answered and judged (`harness.rules`); None in files of before."""

    def is_of(self, subject: "Subject", base: Mapping[str, TaskResult]) -> bool:
        """Whether it was measured on this model, these items and texts."""
        results = {"base": dict(base)}
        asked = subject.loaded.fingerprint, item_hash(results), subject.choices.calibrated_on(self.method)
        return (self.model_fingerprint, self.items, self.calibration) == asked and self.contents in (
            None,
            content_hash(results),
        )

    @property
    def by_todays_code(self) -> bool:
        """Whether the code that answers and judges today is known to have measured it."""
        return self.judged == _judge()

    def seeded(self, base: Mapping[str, TaskResult], tasks: Sequence[str], *, recovered: bool) -> list[SeededTask]:
        """The runs of the named tasks beside the base's scores."""
        scores = self.after if recovered else self.before
        return [SeededTask(task, base[task].scores, tuple(scores[task]), base[task].chance) for task in tasks]


def measure(
    subject: "Subject", method: str, ratio: float, seeds: int = 1, *, recover: bool = True
) -> tuple[Measured, list[dict[str, TaskResult]]]:
    """Run a method, evaluate what it keeps, and the first RECOVERED of its plans after the tier's standard recovery.

    All methods of a scoreboard are calibrated on the same texts (`equally_calibrated`).

    Returns:
        The scores, and results by task of each run, the recovered ones last.
    """
    subject, tasks = equally_calibrated(subject), tasks_of(subject.tier)
    base = subject.evaluate(subject.whole, tasks)
    plans = plans_of(subject, method, ratio, seeds)
    runs = list(subject.evaluate_each(plans, tasks))
    recovered = [_recovered(subject, plan, tasks) for plan in plans[:RECOVERED]] if recover else []
    found = Measured(
        method,
        ratio,
        subject.loaded.fingerprint,
        item_hash({"base": base}),
        tuple(plan.describe() for plan in plans),
        _scores(base, runs, tasks),
        _scores(base, recovered, tasks) if recover else {},
        subject.choices.calibrated_on(method),
        content_hash({"base": base}),
        _judge(),
    )
    return found, [*runs, *recovered]


def plans_of(subject: "Subject", method: str, ratio: float, seeds: int = 1) -> list[LayerPlan]:
    """What a method keeps, once a seed.

    Raises:
        BadInput: it refuses.
    """
    count = layer_count(ratio, subject.loaded.depth)
    return [subject.plan_without(method, count, subject.seed + seed) for seed in range(seeds)]


def _recovered(subject: "Subject", plan: LayerPlan, tasks: Sequence[str]) -> dict[str, TaskResult]:
    return subject.evaluate(subject.recoveries.standard(plan), tasks)


def equally_calibrated(subject: "Subject") -> "Subject":
    """The subject with one calibration for every method: `--calibration`, else the tier's running text."""
    return subject if subject.shown else replace(subject, shown=default_calibration("running"))


def _scores(base: Mapping[str, TaskResult], runs: Sequence[Mapping[str, TaskResult]], tasks: Sequence[str]) -> Scores:
    return {task.name: list(task.runs) for task in seeded(base, runs, tasks)}


def _judge() -> str:
    """Names the code that answers and judges."""
    return f"answers {rules('answers')}, judging {rules('judging')}"


def stored_path(folder: Path, method: str, ratio: float) -> Path:
    """Where a measurement lies; its method may be named `package.module:function`."""
    return folder / f"{method.replace(':', '.')}-{ratio:.2f}.json"


def save(folder: Path, measured: Measured) -> Path:
    """Write a measurement; scores as in the baselines."""
    content: dict[str, Any] = vars(measured) | {
        part: {task: [packed(run) for run in runs] for task, runs in scores.items()}
        for part, scores in (("before", measured.before), ("after", measured.after))
    }
    path = stored_path(folder, measured.method, measured.ratio)
    files.write_whole(path, json.dumps(content, indent=1) + "\n")
    return path


def stored(folder: Path, method: str, ratio: float) -> Measured | None:
    """A measurement that was stored; None where there is none.

    Raises:
        BadInput: the file holds none.
    """
    path = stored_path(folder, method, ratio)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Measured(**content)
        before, after = _unpacked(content["before"]), _unpacked(content["after"])
        return replace(found, plans=tuple(found.plans), before=before, after=after)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path}: is no stored measurement ({type(error).__name__}: {error}); mend it (an unfinished merge?), or "
            f"remove it and measure again: python -m harness scoreboard --method {method}"
        ) from error


def _unpacked(scores: Mapping[str, Sequence[str | Sequence[float]]]) -> Scores:
    return {task: [tuple(float(score) for score in run) for run in runs] for task, runs in scores.items()}


def reference(subject: "Subject", method: str, ratio: float) -> Measured:
    """A known method: as stored, where that is of this model and these items, else measured now."""
    base = subject.evaluate(subject.whole, tasks_of(subject.tier))
    known = stored(scoreboard_folder(subject), method, ratio)
    subject = equally_calibrated(subject)
    usual = not OF_A_RECOVERY & subject.recoveries.unusual.keys()
    if usual and known and known.is_of(subject, base) and (known.judged is None or known.by_todays_code):
        return known
    return measure(subject, method, ratio, SEEDS.get(method, 1))[0]


def scoreboard_folder(subject: "Subject") -> Path:
    """Where measurements of a model's tier and dtype are stored: in an installed package, or in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "bundled" / "scoreboard"
    if installed.is_dir() and subject.tier == "tiny":
        return installed
    return package.parent / "baselines" / subject.tier / folder_name(subject)


def folder_name(subject: "Subject") -> str:
    """`scoreboard`, or `scoreboard-bfloat16-c4-8x64` and the like: another dtype is another model."""
    return f"scoreboard{suffix(subject)}"


def suffix(subject: "Subject") -> str:
    """What sets a scoreboard apart from the tier's own: its dtype, calibration, chat template, and thoughts."""
    usual, mine = default_calibration("running").on(subject.tier), equally_calibrated(subject).choices.calibration_of()
    texts = "" if mine == usual else "-" + slug(mine.named(subject.tier).replace(":", "-"))
    thoughts = "" if subject.thinks in (None, "off") else f"-thinking-{subject.thinking.tokens}"
    form = "" if subject.loaded.form is None else "-" + slug(subject.loaded.form.replace(":", "-"))
    return dtype_suffix(subject) + texts + thoughts + form


def dtype_suffix(subject: "Subject") -> str:
    """Empty in float32."""
    name = subject.loaded.dtype
    return "" if name == "float32" else f"-{name}"
