"""The same twenty simulated runs, given to the sweep of every layer and to the race of layers.

python -m harness.selfcheck.simulated.both_rules            writes the tables into docs/statistics.md
python -m harness.selfcheck.simulated.both_rules SEEDS      says how often both agree over so many seeds, 20 runs each

Of each claim that there is a layer: a null, the minimum at one layer, the paper's figure at one layer, and nothing at
all. Both rules see one and the same draw of answers, every run from a seed of its own. The true layer enters the race
by assumption (`raced`).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.arguments import require_checkout
from harness.decide.design import VerdictName
from harness.decide.designs import DESIGNS, design_of
from harness.decide.testable import decidable
from harness.decide.verdict import judge
from harness.errors import BadInput, one_sentence_of
from harness.markdown import table
from harness.selfcheck.simulated.power import RESAMPLES
from harness.selfcheck.simulated.raced import every_layer, part_of, race_of
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.sizes import sizes_of
from harness.selfcheck.simulated.truth import Truth
from harness.selfcheck.simulated.truths import truths_of
from harness.tiers import TierName

SIZES: tuple[tuple[TierName, int], ...] = (("gpu", 800), ("small", 400))
"""Tier and `--limit`, which gives a layer a quarter of the items."""
SEED = 0
HEAD = ("claim", "truth", "sweep", "race", "race asks")
_FINDS = {"contradicted": "not found", "not testable": "not testable in its layer"}


@dataclass(frozen=True)
class Both:
    """One run under both rules."""

    claim: str
    truth: str
    swept: VerdictName
    raced: VerdictName
    shown: VerdictName
    """What the interval of the layer that won says, before a race's rule is applied."""
    layers: int
    answers: float
    """Asked by the race, in variants that answer everything."""

    @property
    def same(self) -> bool:
        """Whether the race's interval says what the sweep does; it may call it only reproduced or inconclusive."""
        return self.swept == self.shown

    @property
    def said(self) -> str:
        """What the race says, with what its interval shows where that is more."""
        return self.raced if self.shown == self.raced else f"{self.raced}: {_FINDS[self.shown]}"

    @property
    def opposed(self) -> bool:
        """Whether one found the layer and the other's interval excludes it."""
        return {self.swept, self.shown} == {"reproduced", "contradicted"}


def truths_compared(claim: str, setting: Setting) -> list[Truth]:
    """A null that can be, the minimum at one layer, the paper's figure, and nothing at all."""
    known = [truth for truth in truths_of(claim).every() if truth.world.possible(design_of(claim), setting)]
    last = {truth.kind: truth for truth in known if truth.kind != "null"}
    return [next(truth for truth in known if truth.kind == "null"), *last.values()]


def runs(tier: TierName, limit: int, folder: Path = Path("baselines"), seed: int = SEED) -> Iterator[Both]:
    """Twenty runs at the sizes of a tier."""
    sizes = sizes_of(tier, folder, limit=limit)
    for claim in (name for name, design in DESIGNS.items() if design.races):
        setting = sizes.setting(claim)
        for truth in truths_compared(claim, setting):
            yield both(claim, setting, truth, seed)


def both(claim: str, setting: Setting, truth: Truth, seed: int = SEED, resamples: int = RESAMPLES) -> Both:
    """Draw a run and decide it by both rules."""
    design, rng = design_of(claim), np.random.default_rng([seed, *claim.encode(), *truth.name.encode()])
    started = truth.world.start(rng, design, setting)
    answered = every_layer(design, setting, truth.world, started, rng)
    ground = decidable(design, started.scores, setting.layers, resamples, remedy=False)
    swept: VerdictName = "not testable"
    if ground.open:
        seen = [part_of(design, evidence, ground.kept, tuple) for evidence in answered]
        swept = judge(design, seen, resamples).verdict
    race = race_of(design, setting, started, lambda: answered, resamples)
    return Both(claim, truth.name, swept, race.verdict, race.shown, setting.layers, race.answers)


def page(found: "list[Both]") -> str:
    """The runs as Markdown."""
    rows = [(f"`{run.claim}`", run.truth, run.swept, run.said, f"{run.answers:.1f} of {run.layers}") for run in found]
    return table(HEAD, rows)


def counts(found: "list[Both]") -> str:
    """In words how often both agree."""
    words = sum(run.swept == run.raced for run in found)
    same, opposed = sum(run.same for run in found), sum(run.opposed for run in found)
    most, layers = max((run.answers, run.layers) for run in found)
    return (
        f"of {len(found)} runs both give the same verdict in {words}, and the race's interval says what the sweep "
        f"does in {same}; opposed are {opposed}; the race asks at most {most:.1f} of {layers} variants' answers"
    )


def write(path: Path) -> None:
    """Put the tables in place of those that a page has."""
    text = path.read_text(encoding="utf-8")
    for tier, limit in SIZES:
        opening = f"<!-- both rules, {tier} -->\n"
        before, _, rest = text.partition(opening)
        found = [*runs(tier, limit)]
        text = before + opening + page(found) + f"\n{tier}, `--limit {limit}`: {counts(found)}." + _behind(rest)
    path.write_text(text, encoding="utf-8")


def _behind(rest: str) -> str:
    """What follows a table and the paragraph below it."""
    return rest[rest.index("\n\n", rest.index("\n\n") + 2) :]


def main(arguments: list[str]) -> None:
    """Nothing, or the number of SEEDS.

    Raises:
        BadInput: anything else.
    """
    require_checkout(Path(), "docs")
    match arguments:
        case []:
            write(Path("docs/statistics.md"))
        case [seeds] if seeds.isdecimal() and int(seeds) > 0:
            for tier, limit in SIZES:
                found = [run for seed in range(int(seeds)) for run in runs(tier, limit, seed=seed)]
                sys.stdout.write(f"{tier}, --limit {limit}: {counts(found)}\n")
        case _:
            raise BadInput(f"{' '.join(arguments)} was given; expected nothing, or a number of seeds")


if __name__ == "__main__":
    with one_sentence_of("python -m harness.selfcheck.simulated.both_rules"):
        main(sys.argv[1:])
