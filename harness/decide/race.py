"""A race of layers for "there is a layer" claims: one is chosen on some items and held to the claim on others. Pure.

The chosen layer's interval needs no correction for the layers that were looked at, since none of them was looked at on
the items that decide. So a race may find such a layer with a fraction of the answers of a sweep; that it finds none
does not mean that there is none, and is `inconclusive`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.decide.design import Design, Evidence
from harness.decide.verdict import Judgement, conditions, failing, shown

CHOOSING = 0.5
"""Share of the items, the first that are drawn, on which a layer is chosen; the others decide."""
ROUNDS = ((0.125, 4), (0.25, 2), (CHOOSING, 1))
"""Share of the items that a round looks at, and how many layers it leaves."""
FIELD = 1 / 3
"""Share of the layers that enter the first round."""
_FEWEST = 4
_RESAMPLES = 400  # an order of estimates needs no fine interval


def entrants(damage: Mapping[int, float], spared: Mapping[int, bool]) -> tuple[int, ...]:
    """The layers that enter the race, the likeliest first: those that cost most, of those that spare what they should.

    Args:
        damage: layer -> how much less likely the base's own answers are without it.
        spared: layer -> whether without it the model keeps what the claim says is kept.
    """
    count = max(_FEWEST, math.ceil(FIELD * len(damage)))
    order = sorted(damage, key=lambda layer: (not spared.get(layer, True), -damage[layer], layer))
    return tuple(order[:count])


def informs(design: Design, base: Mapping[str, Sequence[tuple[Sequence[float], float]]]) -> bool:
    """Whether the base's scores on a round's items, with the expected score of guessing, leave anything to compare.

    Args:
        design: of the claim.
        base: role -> scores and chance of each of its tasks, of those too that only conditions see.
    """
    return all(
        sum(scores) > chance * len(scores)
        for role, tasks in base.items()
        if design.roles.get(role) != "rises"
        for scores, chance in tasks
    )


def leaders(design: Design, evidence: Mapping[int, Evidence], count: int) -> tuple[int, ...]:
    """The `count` layers of the largest effects, in that order; one that fails a condition comes behind all others."""
    at = design.level(1, _RESAMPLES)

    def standing(layer: int) -> tuple[bool, float, int]:
        hoped = [(one, replace(seen, low=seen.estimate)) for one, seen in conditions(design, evidence[layer], at)]
        return bool(failing(hoped)), -design.effect(evidence[layer], at).estimate, layer

    return tuple(sorted(evidence, key=standing)[:count])


def of_race(judged: Judgement, layer: int, layers: int) -> Judgement:
    """The verdict of a race, from the judgement of the one layer that it chose, on items that did not choose it."""
    chosen = f"layer {layer}, which a race of {layers} chose on the first half of the items"
    if judged.verdict == "reproduced":
        return replace(judged, reason=f"{judged.reason}; of {chosen}")
    if judged.verdict == "inconclusive":
        return replace(judged, reason=f"of {chosen}, {judged.reason}")
    return replace(
        judged,
        verdict="inconclusive",
        more=None,
        reason=f"not found: of {chosen}, the effect on the others is {shown(judged.interval)}"
        + (f" ({judged.reason})" if judged.verdict == "not testable" else "")
        + "; --race off looks at every layer on all items",
    )
