"""EvoPress: evolutionary search over attention and MLP units (2410.14649).

A candidate lacks n attentions and n MLPs, of any layers. From the fittest of some random candidates on, each generation
mutates the parent: one to three times (the smaller of two draws) a kept unit is swapped with a removed one of its kind.
The fitness is KL(dense || pruned) on random calibration texts, in two stages: all offspring on few tokens, then the two
best and the parent on 16 times as many; the best becomes the parent. Read in IST-DASLab/EvoPress @ 50888a0
(`evo_drop_search.py`, `scripts/run_drop_search.sh`).

Published: 32 offspring, 64 first candidates, 2,048 and 32,768 tokens, n(L-n)/1.5 generations, for models of 32 layers.
Here offspring are L and at most 32, the first candidates twice and the tokens 64 times as many, so that the published
values come out at 32 layers and a model of 12 needs a seventh of the work a generation. The texts are the calibration
texts: the gpu tier's 128 x 256 tokens are the published 32,768; of fewer tokens than a stage asks for (the small tier's
4,096 and the tiny tier's are less than the second stage's 1,024 a layer) all are used, and no candidate is measured on
all of them twice.

The trace gives each generation's parent and its KL on that generation's larger sample.
"""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method
from harness.methods.tools.calibration_loss import token_rows
from harness.methods.tools.divergence import divergences
from harness.prune.plan import UNITS, LayerPlan, Unit

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

MOST_OFFSPRING = 32
FINALISTS = 2
MOST_SWAPS = 3
_TRIES = 100  # draws for each wanted candidate; small models have few different ones

Candidate = frozenset[tuple[int, Unit]]
"""The units that are removed."""


def offspring_count(depth: int) -> int:
    """Offspring of a generation. Pure."""
    return min(MOST_OFFSPRING, depth)


def generation_count(depth: int, n: int) -> int:
    """Generations: n(L-n)/1.5, at least one. Pure."""
    return max(1, int(n * (depth - n) / 1.5))


def stage_tokens(depth: int) -> tuple[int, int]:
    """Tokens of the two selection stages. Pure."""
    return 64 * offspring_count(depth), 1024 * offspring_count(depth)


def first_candidate(depth: int, n: int, draw: random.Random) -> Candidate:
    """`n` random attentions and `n` random MLPs. Pure but for `draw`."""
    return frozenset((layer, unit) for unit in UNITS for layer in draw.sample(range(depth), n))


def mutated(parent: Candidate, depth: int, draw: random.Random) -> Candidate:
    """The parent after one to three swaps of a kept unit with a removed one of its kind. Pure but for `draw`."""
    child = set(parent)
    for _ in range(min(draw.randint(1, MOST_SWAPS), draw.randint(1, MOST_SWAPS))):
        unit = draw.choice(UNITS)
        gone = sorted(layer for layer, kind in child if kind == unit)
        goes = draw.choice([layer for layer in range(depth) if layer not in gone])
        child -= {(draw.choice(gone), unit)}
        child |= {(goes, unit)}
    return frozenset(child)


def sample_rows(rows: Sequence[Sequence[int]], tokens: int, draw: random.Random) -> list[Sequence[int]]:
    """Random texts of `tokens` tokens together, the last one cut; all of them where they have fewer."""
    chosen: list[Sequence[int]] = []
    for row in draw.sample(rows, len(rows)):
        left = tokens - sum(map(len, chosen))
        if left < 2:  # noqa: PLR2004  # one token predicts nothing
            break
        chosen.append(row[:left])
    return chosen


@method("evopress")
def evopress(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:
    """Remove the `n` attentions and `n` MLPs that a search finds to change the predictions least.

    Raises:
        BadInput: there are no calibration texts, or the model's units cannot be removed one by one.
    """
    rows, depth, draw = token_rows(loaded, calibration), loaded.depth, random.Random(seed)  # noqa: S311
    offspring, (few, many) = offspring_count(depth), stage_tokens(depth)

    on_all: dict[Candidate, float] = {}

    def strayed(candidates: Sequence[Candidate], sample: Sequence[Sequence[int]]) -> dict[Candidate, float]:
        known = on_all if sum(map(len, sample)) == sum(map(len, rows)) else {}
        new = [candidate for candidate in candidates if candidate not in known]
        if new:
            plans = [LayerPlan.without_units(sorted(candidate), depth) for candidate in new]
            known.update(zip(new, divergences(loaded.model, plans, sample), strict=True))
        return {candidate: known[candidate] for candidate in candidates}

    def fittest(candidates: Sequence[Candidate], tokens: int, survivors: int) -> list[tuple[Candidate, float]]:
        found = strayed(candidates, sample_rows(rows, tokens, draw))
        return sorted(found.items(), key=lambda pair: pair[1])[:survivors]

    first = {first_candidate(depth, n, draw): None for _ in range(2 * offspring)}
    ((parent, _),) = fittest(list(first), few, 1)
    trace = []
    for _ in range(generation_count(depth, n)):
        children: dict[Candidate, None] = {}  # a dict keeps the order of its keys, a set would not
        for _ in range(_TRIES * offspring):
            child = mutated(parent, depth, draw)
            if child != parent:
                children[child] = None
            if len(children) == offspring:
                break
        finalists = [child for child, _ in fittest(list(children), few, FINALISTS)]
        ((parent, value),) = fittest([*finalists, parent], many, 1)
        trace.append((LayerPlan.without_units(sorted(parent), depth).describe(), value))
    plan = LayerPlan.without_units(sorted(parent), depth)
    return Ranking(plan.removed, None, "evopress", plan, tuple(trace))
