"""Variants that truths are made of, and why a null may be none. Pure."""

from harness.selfcheck.simulated.truth import DESTROYED, FLOOR, LETTERS, USELESS
from harness.selfcheck.simulated.worlds import Arm, World

UNTRAINED: dict[str, World | str] = {
    USELESS: "nothing is recovered before this claim is decided",
    DESTROYED: "nothing is recovered before this claim is decided",
}
NO_LETTERS: dict[str, World | str] = {LETTERS: "its answers are written, and no option is chosen"}
ONE_ARM: dict[str, World | str] = {FLOOR: "it compares no two arms"}


def after(keeps: float) -> Arm:
    """A trained variant."""
    return Arm(keeps, trained=True)


def idle(keeps: float) -> Arm:
    """A training that left the variant as it was."""
    return Arm(keeps, trained=True, alike=True)


GUESS, SILENT, NOTHING = Arm(way="guesses"), Arm(way="mute"), Arm(0.0)
TRAINED_GUESS, TRAINED_SILENT, RUINED = (
    Arm(way="guesses", trained=True),
    Arm(way="mute", trained=True),
    Arm(0.0, trained=True, alike=True),
)
OTHER_LETTER = Arm(way="another letter")
