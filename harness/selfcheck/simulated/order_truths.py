"""The truths of claims about orders of layers, and about votes. Pure."""

from typing import TYPE_CHECKING

from harness.selfcheck.simulated.arms import NO_LETTERS, UNTRAINED
from harness.selfcheck.simulated.orders import Agreement, Votes, evenly, everything, mostly_little
from harness.selfcheck.simulated.truth import CHANCE, DESTROYED, FLOOR, GUESSER, MUTE, USELESS, Kind, Truth, state
from harness.selfcheck.simulated.worlds import RARELY, World

if TYPE_CHECKING:
    from harness.decide.design import VerdictName

_NO_ORDER = Agreement(0.0, everything)
_ORDER_NULLS: dict[str, World | str] = {
    GUESSER: _NO_ORDER,
    MUTE: _NO_ORDER,
    FLOOR: Agreement(0.0, others=everything),
    CHANCE: Agreement(0.0, base=RARELY),
    USELESS: "orders of layers are compared, whatever a recovery brought back",
    DESTROYED: Agreement(0.0, mostly_little, others=everything),
    **NO_LETTERS,
}


def _orders(agree: bool) -> tuple[Truth, ...]:  # noqa: FBT001  # whether the claim is that the orders are the same
    """Truths of two orders of layers, both where losses spread evenly and where most layers lose little.

    Orders of few layers have no correlation of just .5, and many items tell .49 from it: either side has its own.
    """
    above: VerdictName = "reproduced" if agree else "contradicted"
    below: VerdictName = "contradicted" if agree else "reproduced"
    same: Kind = "paper" if agree else "untrue"
    other: Kind = "untrue" if agree else "paper"
    truths = list[Truth]()
    for losses, how in ((evenly, "losses spread evenly"), (mostly_little, "most layers losing little")):
        truths += [
            Truth(f"a correlation just below .5, {how}", "minimum", Agreement(0.5, losses), right=below),
            Truth(f"a correlation just above .5, {how}", "minimum", Agreement(0.5, losses, above=True), right=above),
            Truth(f"nearly the same order, {how}", same, Agreement(0.9, losses), "assumed: no coefficient is known"),
        ]
        if agree:
            truths.append(Truth(f"no common order, {how}", other, Agreement(0.0, losses)))
        else:
            source = "Fig. 1, Qwen2.5-7B and Mistral-7B: 1.46, not net of noise"
            truths.append(Truth(f"opposite orders, {how}", other, Agreement(-0.46, losses), source))
    return tuple(truths)


state("layer-importance-is-invariant", _orders(agree=True), _ORDER_NULLS)
state("positions-vary-by-family", _orders(agree=False), {**_ORDER_NULLS, **UNTRAINED})
state(
    "test-time-scaling-shrinks",
    (
        Truth("the minimum: nothing changed", "minimum", Votes(1.0)),
        Truth("a quarter of the accuracy", "paper", Votes(0.25, shrinks=True), "assumed: the source has curves only"),
        Truth("a vote gains more", "untrue", Votes(0.55, base=0.95)),
    ),
    {
        GUESSER: Votes(0.0),
        MUTE: Votes(0.0),
        FLOOR: Votes(0.0, base=0.0),
        CHANCE: Votes(1.0, base=RARELY),
        **UNTRAINED,
        **NO_LETTERS,
    },
)
