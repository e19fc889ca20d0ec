"""How long answers will be: as stored ones of the task are, as other models' are, or a share of the limit."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from statistics import fmean
from typing import Literal

from harness.tiers import TierName

Kind = Literal["base", "pruned", "recovered"]
SHARES: Mapping[Kind, float] = {"base": 0.4, "pruned": 0.6, "recovered": 0.4}
"""Of an answer's limit that is written where nothing at all is known of the task."""
ENOUGH = 5
"""Stored answers from which a mean length is taken."""


@dataclass(frozen=True)
class Usual:
    """How long the answers of one task are, in tokens."""

    mean: float
    longest: float
    """Of fifty."""


def usual_of(lengths: Sequence[int]) -> Usual:
    """The mean, and the longest of fifty."""
    ordered = sorted(lengths)
    return Usual(fmean(ordered), float(ordered[round(0.98 * (len(ordered) - 1))]))


def elsewhere(tier: TierName) -> dict[tuple[str, Kind], Usual]:
    """What other models of a tier write (`usual.json`); what the small tier's write is taken for the gpu tier's too.

    `python -m harness.foresee.usual` wrote it from a plan over a store: of a 0.5B model with a copy of
    `baselines/small/answers` (`-m small --limit 100 --dtype bfloat16 --looks off --race off`, 27 November 2026). Of
    before that command are its recovered variants, and the tiny model's (a plan over the store of a run that was
    stopped before its end). Only plans use them, and only until the store has answers of its own.
    """
    read = json.loads((files("harness.foresee") / "usual.json").read_text(encoding="utf-8"))
    known = read["tiny" if tier == "tiny" else "small"]
    return {(task, kind): Usual(**usual) for task, kinds in known.items() for kind, usual in kinds.items()}


@dataclass
class Lengths:
    """How long answers are, by task and kind of variant: those that the store has, else those of other models."""

    elsewhere: Mapping[tuple[str, Kind], Usual] = field(default_factory=dict)
    known: dict[tuple[str, Kind], dict[tuple[str, str], int]] = field(default_factory=dict)
    """Task and kind -> variant and key -> tokens."""

    def note(self, task: str, kind: Kind, name: tuple[str, str], tokens: int) -> None:
        """Keep the length of a stored answer; of one that was seen before, nothing is counted twice."""
        self.known.setdefault((task, kind), {})[name] = tokens

    def usual(self, task: str, kind: Kind, limit: int) -> Usual:
        """What is expected: of stored answers of this kind of variant, else of what other models write, else a share.

        Where only the base's answers are stored, a variant's are taken to be longer by as much as elsewhere.
        """
        same = self.stored(task, kind)
        if same is not None:
            return same
        base, base_there = self.stored(task, "base"), self.elsewhere.get((task, "base"))
        # what was trained again writes about as the base does
        there = self.elsewhere.get((task, kind)) or (base_there if kind == "recovered" else None)
        if there is None:
            return base or Usual(SHARES[kind] * limit, limit)
        if base is None or base_there is None:
            return there
        longer = base.mean / base_there.mean
        return Usual(min(limit, there.mean * longer), min(limit, there.longest * longer))

    def stored(self, task: str, kind: Kind) -> Usual | None:
        """Of stored answers; None where there are too few."""
        same = [*self.known.get((task, kind), {}).values()]
        return usual_of(same) if len(same) >= ENOUGH else None

    def expected(self, task: str, kind: Kind, limit: int) -> float:
        """Tokens that an answer is expected to have."""
        return min(limit, self.usual(task, kind, limit).mean)

    def steps(self, task: str, kind: Kind, limits: Sequence[int]) -> float:
        """Steps that a batch of rows is expected to take: those of its longest answer."""
        if not limits:
            return 0.0
        limit = max(limits)
        usual = self.usual(task, kind, limit)
        return min(limit, usual.longest - (usual.longest - usual.mean) / len(limits))

    def table(self) -> dict[str, dict[str, dict[str, float]]]:
        """What the store has: task -> kind -> usual."""
        found: dict[str, dict[str, dict[str, float]]] = {}
        for task, kind in sorted(self.known):
            usual = self.stored(task, kind)
            if usual is not None:
                found.setdefault(task, {})[kind] = {name: round(value, 1) for name, value in asdict(usual).items()}
        return found
