"""What a run on a tier asks, and how its base answers: from the tier's tasks and what is stored of runs on it.

Items are those of the task files (of real benchmarks: of the published test sets), as many as a run's `--limit` takes.
Base rates, depth and the spread of training seeds are those of stored runs. None on a GPU is stored: what is assumed of
one is in `baselines/benchmarks.json`.
"""

import json
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.decide.designs import design_of
from harness.errors import BadInput
from harness.models.catalogue import find
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.tasks.roles import questions_of
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.tiers import TIERS, TierName

SPREAD = 0.03  # of retention between training seeds, where no stored run has several: an assumption
SPOILED = 0.01  # share of programs that the base leaves with unbalanced brackets: Mistral-7B's in the paper
ASSUMED = "benchmarks.json"


@dataclass(frozen=True)
class Run:
    """One claim of a stored run."""

    claim: str
    limit: int | None
    rates: Mapping[str, float]
    """Task -> share of the base's score, in [0, 1]."""
    depth: int | None
    """Layers, where each was removed in turn."""
    spreads: tuple[float, ...]
    """Standard deviation of retention between the training seeds of every arm that has several."""


def stored_runs(folder: Path, tier: TierName) -> list[Run]:
    """The runs that a checkout's `baselines/` keeps of a tier, by name."""
    contents = [json.loads(file.read_text(encoding="utf-8")) for file in sorted((folder / tier).glob("*.json"))]
    return [run_of(content, tier) for content in contents if "claim" in content]


def runs_in(path: Path, tier: TierName) -> list[Run]:
    """The runs of a file of one's own: a baseline, or a `verdicts.json`.

    Raises:
        BadInput: it is neither.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        rows = content.get("claims", [content])
        found = [run_of(row, tier) for row in rows]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"--from {path}: expected a verdicts.json or a baseline; it is neither ({error})") from error
    if not any(run.rates for run in found):
        raise BadInput(f"--from {path}: no row says what the base scores; name a verdicts.json of a run that decided")
    return found


def run_of(row: Mapping[str, Any], tier: TierName) -> Run:
    """A row of `verdicts.json`, or a baseline, as far as sizes need it."""
    cells = {tuple(name.split(" | ")): total / n for name, (total, n) in row.get("scores", {}).items() if n}
    rates = {task: rate for (variant, task), rate in cells.items() if variant == "base"}
    rates |= row.get("measurements", {}).get("base_scores", {})
    removed = [int(found[1]) for variant, _ in cells if (found := re.fullmatch(r"without (\d+)", variant))]
    return Run(
        row["claim"], row["params"].get("limit"), rates, max(removed) + 1 if removed else None,
        tuple(_spreads(set(questions_of(row["claim"]).on(tier).values()), cells, rates)),
    )  # fmt: skip


def _spreads(
    groups: Iterable[Sequence[str]], cells: Mapping[tuple[str, ...], float], rates: Mapping[str, float]
) -> Iterator[float]:
    for tasks in groups:
        arms: dict[str, dict[str, list[float]]] = {}
        for (variant, task), score in cells.items():
            if (found := re.fullmatch(r"(.+) seed (\d+)", variant)) and rates.get(task) and task in tasks:
                arms.setdefault(found[1], {}).setdefault(found[2], []).append(score / rates[task])
        for seeds in arms.values():
            if len(seeds) > 1:
                yield statistics.stdev(statistics.fmean(kept) for kept in seeds.values())


@dataclass(frozen=True)
class Sizes:
    """What is known of the runs of a tier."""

    tier: TierName
    runs: Sequence[Run]
    benchmarks: Mapping[str, Mapping[str, Any]]
    """Published test sets: `items`, `options`, and of a GPU's run the assumed `base`."""
    depth: int
    limit: int | None
    """Items per task; None: all."""

    def setting(self, claim: str, items: int | None = None, base: float | None = None) -> Setting:
        """What the check of a claim asks, and how the base answers.

        Args:
            claim: of `DESIGNS`.
            items: of every task instead.
            base: share that the base gets right (of a role that rises: that fails) of every task instead.

        Raises:
            BadInput: the claim has no tasks, or nothing is known of one of them.
        """
        design, questions = design_of(claim), questions_of(claim)
        limit = questions.items(self.tier, self.limit)
        roles = {
            role: tuple(
                self._asked(
                    claim,
                    task,
                    items or min(self._length(task), limit or self._length(task)),
                    SPOILED if base is None and design.roles[role] == "rises" else base,
                )
                for task in tasks
            )
            for role, tasks in questions.on(self.tier).items()
            if role in design.roles
        }
        seeds = TIERS[self.tier].recovery.seeds if design.trains else 1
        return Setting(roles, self.depth if questions.every_layer else 1, seeds, self._spread(claim, seeds))

    def _asked(self, claim: str, task: str, items: int, base: float | None) -> Asked:
        chance = TASKS[task].chance if task in TASKS else 1 / self.benchmarks[task]["options"]
        options = round(1 / chance) if chance else 0
        same = TASKS[task].subset if task in TASKS else ""
        written = task in TASKS and TASKS[task].kind != "choice"
        return Asked(task, items, self.rate(claim, task) if base is None else base, options, written, same)

    def rate(self, claim: str, task: str) -> float:
        """What the base scores on a task: as the claim's own run has it, else another's, else as is assumed.

        Raises:
            BadInput: nobody says it.
        """
        known = [run for run in self.runs if task in run.rates]
        found = next((run for run in known if run.claim == claim), known[0] if known else None)
        if found is not None:
            return found.rates[task]
        if "base" not in self.benchmarks.get(task, {}):
            raise BadInput(f"no stored run says what a base scores on {task}; name one with --from, or --base RATE")
        return float(self.benchmarks[task]["base"])

    def _length(self, task: str) -> int:
        if self.tier == "tiny":
            return len(TASKS[task].load(Bundled(), "test"))
        if task not in self.benchmarks:
            raise BadInput(f"nothing says how many items {task} has; name --items N")
        return int(self.benchmarks[task]["items"])

    def _spread(self, claim: str, seeds: int) -> float:
        """Of the verdict of a single training nothing else is said than what that one keeps: it has no spread."""
        if seeds == 1:
            return 0.0
        own = [spread for run in self.runs if run.claim == claim for spread in run.spreads]
        known = own or [spread for run in self.runs for spread in run.spreads]
        return math.sqrt(statistics.fmean(spread**2 for spread in known)) if known else SPREAD


def sizes_of(tier: TierName, folder: Path, given: Path | None = None, limit: int | None = None) -> Sizes:
    """What is known of a tier.

    Args:
        tier: whose tasks are asked.
        folder: of the baselines.
        given: a run of one's own instead of the stored ones.
        limit: items per task; None: as the runs had, or, where there is none, all.

    Raises:
        BadInput: there is no such folder, or the file is none of a run.
    """
    path = folder / ASSUMED
    if not path.is_file():
        raise BadInput(f"{folder}: expected the baselines/ of a checkout, with {ASSUMED}")
    assumed = json.loads(path.read_text(encoding="utf-8"))
    runs = stored_runs(folder, tier) if given is None else runs_in(given, tier)
    model = find(assumed["model"])
    assert model is not None
    depths = [run.depth for run in (*runs, *stored_runs(folder, tier)) if run.depth]
    limits = [run.limit for run in runs if run.limit]
    return Sizes(
        tier, runs, assumed["tasks"], depths[0] if depths else model.depth,
        limit or (max(limits) if limits else None),
    )  # fmt: skip
