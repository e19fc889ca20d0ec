"""What may be true after repairs that train nothing. Pure."""

from harness.decide.neighbour_designs import REPAIRS
from harness.selfcheck.simulated.arms import NO_LETTERS, NOTHING, ONE_ARM, UNTRAINED
from harness.selfcheck.simulated.truth import CHANCE, GUESSER, MUTE, Truth, state
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm

_LOST_ARITHMETIC = "a repaired variant that answers so has lost arithmetic: `contradicted` is right"


def _repaired(one: Arm, others: Arm, before: Arm = Arm(0.3)) -> dict[str, Arm]:  # noqa: B008  # frozen
    """So much after one repair, and after any other."""
    return {**dict.fromkeys(REPAIRS, others), REPAIRS[-1]: one, "before": before}


state(
    "a-repair-restores-arithmetic",
    (
        Truth("the minimum after every repair", "minimum", Answers(_repaired(Arm(0.9), Arm(0.9)))),
        Truth("the minimum after one repair", "minimum", Answers(_repaired(Arm(0.9), Arm(0.3)))),
        Truth(
            "one repair brings nearly all back", "paper", Answers(_repaired(Arm(0.97), Arm(0.5))),
            "assumed: ReplaceMe's abstract has approximately 90 %, of other benchmarks",
        ),
        Truth("no repair does anything", "untrue", Answers(_repaired(Arm(0.3), Arm(0.3)))),
    ),
    {
        GUESSER: _LOST_ARITHMETIC,
        MUTE: _LOST_ARITHMETIC,
        **ONE_ARM,
        CHANCE: Answers(_repaired(NOTHING, NOTHING, NOTHING), base=dict.fromkeys(REPAIRS, RARELY)),
        **UNTRAINED,
        **NO_LETTERS,
        "a cut that costs nothing": Answers(_repaired(Arm(), Arm(), Arm())),
    },
)  # fmt: skip
