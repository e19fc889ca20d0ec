"""Whether a design's effect is about what its roles predict, asked of invented scores before a model is. Pure.

A design that its best and its worst case tell the same, or that its worst case reproduces, is a mistake: no model could
have contradicted it. So is an order of layers that is told the same whatever layers cost, or that is told by chance.
"""

from collections.abc import Sequence

import numpy as np

from harness.decide.bootstrap import Interval
from harness.decide.design import Design
from harness.decide.seeds import SeededTask
from harness.decide.verdict import decide, shown
from harness.errors import BadInput

LAYERS, ITEMS = 12, 48  # of invented losses
ORDERS, FEW = 10, 200  # drawn orders that are tried, and resamples for each


def require_sense(design: Design, best: Interval, worst: Interval) -> None:
    """Refuse an effect that the best case does not raise, or that the worst case reproduces."""
    seen = f"claim {design.claim}: its effect is {shown(best)} if all happens that its roles predict"
    if (best.estimate, best.low, best.high) == (worst.estimate, worst.low, worst.high):
        raise BadInput(
            f"{seen} and the same if nothing does, so it would say the same of every variant; expected one that is "
            f"made of the scores of {', '.join(design.roles)}"
        )
    if decide(worst.low, worst.high, design.minimum) == "reproduced":
        raise BadInput(
            f"{seen} and {shown(worst)} if {'the opposite' if of_opposite(design) else 'nothing'} does, which "
            f"reproduces it all the same (minimum {design.minimum:g}); sign the effect so that it is large where the "
            f"claim is true, predict its roles so, and raise the minimum above what nothing comes to (a claim that one "
            f"is no worse than another is a Design(..., no_worse=True))"
        )


def require_order_counts(design: Design) -> None:
    """Refuse an effect that says the same of whatever losses of layers, or another thing of the same ones.

    Of an effect that cannot be asked of invented losses nothing is said.

    Raises:
        BadInput: it does.
    """
    roles, at = (*design.roles, *design.seen), design.level(resamples=FEW)
    invented = [_invented(roles, np.random.default_rng(seed)) for seed in range(ORDERS)]
    try:
        found = [design.effect(evidence, at) for evidence in (*invented, invented[0])]
    except Exception:  # noqa: BLE001  # anyone's effect, and the evidence is none of its own
        return
    *seen, again = [(one.estimate, one.low, one.high) for one in found]
    if again != seen[0]:
        raise BadInput(
            f"claim {design.claim}: its effect is {shown(found[0])} and then {shown(found[-1])} of the same scores; "
            f"expected one answer: take random numbers from a seed"
        )
    if len(set(seen)) == 1:
        raise BadInput(
            f"claim {design.claim}: its effect is {shown(found[0])} whatever layers cost and in whatever order, so it "
            f"would say the same of every model; expected one that is made of the scores of {', '.join(roles)}"
        )


def _invented(roles: Sequence[str], draw: np.random.Generator) -> dict[str, list[SeededTask]]:
    """Losses of layers, up to a share of all that a base has right, drawn for each role."""
    return {role: _lost(draw.random(LAYERS).tolist()) for role in roles}


def _lost(shares: Sequence[float]) -> list[SeededTask]:
    """Layers as an ordered design has them, each of which loses a share of what a base has right."""
    base = (1.0,) * ITEMS
    runs = [tuple(float(item >= share * ITEMS) for item in range(ITEMS)) for share in shares]
    return [SeededTask(str(layer), base, (run,)) for layer, run in enumerate(runs)]


def of_opposite(design: Design) -> bool:
    """Whether the worst case is that the opposite happens: where the claim is true if nothing does."""
    return design.no_worse or set(design.roles.values()) == {"kept"}
