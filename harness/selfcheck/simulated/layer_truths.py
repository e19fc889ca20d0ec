"""The truths of neighbouring papers' claims about single layers. Pure."""

from harness.selfcheck.simulated.arms import GUESS, NO_LETTERS, ONE_ARM, OTHER_LETTER, UNTRAINED
from harness.selfcheck.simulated.halves import Halves
from harness.selfcheck.simulated.orders import Agreement, alike, evenly, everything, mostly_little
from harness.selfcheck.simulated.truth import CHANCE, FLOOR, GUESSER, LETTERS, MUTE, Truth, state
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm, World

# ---- the halves of a model
_NOTHING_LEFT = Halves(0.0, 0.0)
state(
    "second-half-costs-less",
    (
        Truth("the minimum, layers of a half alike", "minimum", Halves(0.45, 0.55)),
        Truth("the minimum, layers of a half unlike", "minimum", Halves(0.45, 0.55, uneven=0.4)),
        Truth("four times the minimum", "paper", Halves(0.3, 0.7, uneven=0.3), "assumed: it has no scores of tasks"),
        Truth("both halves cost the same", "untrue", Halves(0.5, 0.5, uneven=0.4)),
        Truth("no layer costs anything", "untrue", Halves(1.0, 1.0)),
    ),
    {
        GUESSER: _NOTHING_LEFT,
        MUTE: _NOTHING_LEFT,
        FLOOR: Halves(0.03, 0.03),
        CHANCE: Halves(0.5, 1.0, base=RARELY),
        **UNTRAINED,
        **NO_LETTERS,
    },
)

# ---- orders of layers
NO_LAYER_DIFFERS = "no layer costs more than another"
_NO_ORDER = Agreement(0.0, everything)


def _apart(border: float, apart: float) -> tuple[Truth, ...]:
    """Truths of two orders that the claim says correlate by less than `border`, as `order_truths` has them."""
    truths = list[Truth]()
    for losses, how in ((evenly, "losses spread evenly"), (mostly_little, "most layers losing little")):
        below, above = Agreement(border, losses), Agreement(border, losses, above=True)
        truths += [
            Truth(f"a correlation just below {border:g}, {how}", "minimum", below, right="reproduced"),
            Truth(f"a correlation just above {border:g}, {how}", "minimum", above, right="contradicted"),
            Truth(f"a correlation of {apart:g}, {how}", "paper", Agreement(apart, losses), "assumed: none is known"),
            Truth(f"nearly the same order, {how}", "untrue", Agreement(0.95, losses)),
        ]
    return tuple(truths)


state(
    "likelihood-spares-other-layers",
    _apart(0.5, 0.0),
    {
        GUESSER: _NO_ORDER,
        MUTE: Agreement(0.0, evenly, others=everything),
        FLOOR: Agreement(0.0, everything, others=evenly),
        CHANCE: Agreement(0.0, base=RARELY),
        **UNTRAINED,
        LETTERS: Agreement(0.0, everything, others=evenly),
        NO_LAYER_DIFFERS: Agreement(0.0, alike),
        f"{NO_LAYER_DIFFERS}, by likelihood": Agreement(0.0, alike, others=evenly),
    },
)
state(
    "cosine-is-a-poor-proxy",
    _apart(0.7, 0.3),
    {
        GUESSER: Agreement(0.0, everything, others=evenly),
        MUTE: Agreement(0.0, everything, others=evenly),
        **ONE_ARM,
        CHANCE: Agreement(0.0, base=RARELY),
        **UNTRAINED,
        LETTERS: Agreement(0.0, everything, others=evenly),
        NO_LAYER_DIFFERS: Agreement(0.0, alike, others=evenly),
    },
)

# ---- one layer that is better gone
_WORSE: World | str = "without a layer it does worse than before: `contradicted` is right"
_NO_GAIN = {"raised": Arm()}
state(
    "one-layer-less-helps",
    (
        Truth("the minimum at every layer", "minimum", Answers({"raised": Arm(rises=0.05)})),
        Truth("the minimum at one layer", "minimum", Answers({"raised": Arm(rises=0.05)}, _NO_GAIN)),
        Truth(
            "the source's figure", "paper", Answers({"raised": Arm(rises=0.20)}, _NO_GAIN),
            "TALE: Llama-3.1-8B, GSM8K-Hard 39 -> 59 without one layer; no other layer matters",
        ),
        Truth("nothing happened", "untrue", Answers(_NO_GAIN)),
        Truth("every layer costs a tenth", "untrue", Answers({"raised": Arm(0.9)})),
    ),
    {
        GUESSER: _WORSE,
        MUTE: _WORSE,
        **ONE_ARM,
        CHANCE: Answers({"raised": GUESS}, base={"raised": "guesses"}),
        **UNTRAINED,
        LETTERS: Answers({"raised": OTHER_LETTER}, base={"raised": "one letter"}),
    },
)  # fmt: skip
