"""What may be true of the layers that methods choose, and of the parts that go. Pure."""

from dataclasses import replace

from harness.decide.set_designs import BY_OBJECTIVE, GRID
from harness.selfcheck.simulated.arms import (
    GUESS,
    NO_LETTERS,
    NOTHING,
    ONE_ARM,
    OTHER_LETTER,
    SILENT,
    UNTRAINED,
)
from harness.selfcheck.simulated.demoted import Demoted
from harness.selfcheck.simulated.truth import CHANCE, FLOOR, GUESSER, LETTERS, MUTE, Truth, state
from harness.selfcheck.simulated.variants import Variants, crossed, grouped
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm, World

_SAME = "whatever is chosen, the same comes out"
_CHANCE_ALIKE = "variants differ by luck alone"


def _nulls(alike: tuple[tuple[float, ...], ...], independent: tuple[tuple[float, ...], ...]) -> dict[str, World | str]:
    nothing = Variants(alike, right=0.0)
    return {
        GUESSER: nothing,
        MUTE: nothing,
        FLOOR: Variants(independent, right=0.03),
        CHANCE: Variants(alike, right=0.0, base=RARELY),
        **UNTRAINED,
        **NO_LETTERS,
        _SAME: Variants(tuple((1.0,) * len(alike) for _ in alike)),
    }


_INDEPENDENT = grouped(BY_OBJECTIVE, 0.5, 0.5)
state(
    "answers-agree-within-an-objective",
    (
        Truth("the minimum", "minimum", Variants(grouped(BY_OBJECTIVE, 0.25, 0.30))),
        Truth(
            "three times the minimum", "paper", Variants(grouped(BY_OBJECTIVE, 0.15, 0.30)),
            "assumed: the source compares sets, not what they answer",
        ),
        Truth(_CHANCE_ALIKE, "untrue", Variants(_INDEPENDENT)),
        Truth("all methods are equally alike", "untrue", Variants(grouped(BY_OBJECTIVE, 0.25, 0.25))),
        Truth(
            "methods form groups, but not by objective", "untrue",
            Variants(grouped(BY_OBJECTIVE, 0.15, 0.35), shuffled=True),
        ),
    ),
    _nulls(_INDEPENDENT, _INDEPENDENT),
)  # fmt: skip
_GRID_INDEPENDENT = tuple(
    tuple(float(a == b) for b in range(GRID.criteria * GRID.texts)) for a in range(GRID.criteria * GRID.texts)
)
state(
    "texts-choose-more-than-criteria",
    (
        Truth("the minimum", "minimum", Variants(crossed(GRID, 0.30, 0.25))),
        Truth("four times the minimum", "paper", Variants(crossed(GRID, 0.35, 0.15)), "assumed: the claim is ours"),
        Truth(_CHANCE_ALIKE, "untrue", Variants(_GRID_INDEPENDENT)),
        Truth("both matter as much", "untrue", Variants(crossed(GRID, 0.25, 0.25))),
        Truth("the criterion matters more", "untrue", Variants(crossed(GRID, 0.15, 0.35))),
    ),
    _nulls(_GRID_INDEPENDENT, _GRID_INDEPENDENT),
)

# ---- parts that go
state(
    "attention-costs-less-than-mlps",
    (
        Truth("the minimum", "minimum", Answers({"attention": Arm(0.65), "mlps": Arm(0.55)})),
        Truth(
            "nearly all is kept without attention", "paper", Answers({"attention": Arm(0.97), "mlps": Arm(0.5)}),
            "LLM-Drop: over 99 % with 8 attentions of Mistral-7B dropped, of other benchmarks; MLPs assumed",
        ),
        Truth("both cost the same", "untrue", Answers({"attention": Arm(0.6), "mlps": Arm(0.6)})),
        Truth("MLPs go for less", "untrue", Answers({"attention": Arm(0.4), "mlps": Arm(0.8)})),
    ),
    {
        GUESSER: Answers({"attention": GUESS, "mlps": GUESS}),
        MUTE: Answers({"attention": SILENT, "mlps": SILENT}),
        FLOOR: Answers({"attention": Arm(0.03), "mlps": NOTHING}),
        CHANCE: Answers({"attention": NOTHING, "mlps": NOTHING}, base={"attention": RARELY, "mlps": RARELY}),
        **UNTRAINED,
        **NO_LETTERS,
    },
)  # fmt: skip

# ---- loops
_HELD, _LOST = Arm(0.97), Arm(0.7)


def _looping(degenerate: Arm, spared: Arm = _HELD, answered: Arm = Arm(0.97)) -> Answers:  # noqa: B008  # frozen
    return Answers({"degenerate": degenerate, "spared": spared, "answered": answered})


state(
    "loops-rise-while-accuracy-holds",
    (
        Truth("the minimum", "minimum", _looping(Arm(rises=0.05), Arm())),
        Truth(
            "a fifth of the answers loop", "paper", _looping(Arm(rises=0.20), Arm()), "assumed: it has no such share"
        ),
        Truth("no text degenerates", "untrue", _looping(Arm(), Arm())),
    ),
    {
        GUESSER: _looping(Arm(rises=0.05), GUESS),
        MUTE: _looping(Arm(rises=0.20), SILENT, SILENT),
        **ONE_ARM,
        CHANCE: replace(_looping(Arm(rises=0.20), GUESS), base={"spared": "guesses"}),
        **UNTRAINED,
        LETTERS: replace(_looping(Arm(rises=0.20), OTHER_LETTER), base={"spared": "one letter"}),
        "accuracy does not hold": _looping(Arm(rises=0.20), _LOST),
    },
)

# ---- what comes back
state(
    "lost-answers-are-demoted",
    (
        Truth("the minimum", "minimum", Demoted(0.5, 0.4)),
        Truth(
            "two thirds come back, of the others a third", "paper", Demoted(0.67, 0.33), "assumed: not in its abstract"
        ),
        Truth("nothing comes back", "untrue", Demoted(0.0, 0.0)),
        Truth("what is recognised comes back as luck has it", "untrue", Demoted(0.4, 0.4)),
    ),
    {
        GUESSER: Demoted(0.1, 0.1, GUESS, recognised=0.25),
        MUTE: Demoted(0.0, 0.0, SILENT, recognised=0.25),
        FLOOR: Demoted(0.03, 0.0, Arm(0.03), recognised=0.27),
        CHANCE: Demoted(0.5, 0.3, GUESS, base={"choice": "guesses"}),
        **UNTRAINED,
        LETTERS: Demoted(0.4, 0.4, OTHER_LETTER, base={"choice": "one letter"}, recognised=0.25),
    },
)

# ---- spaces
_FAR = Answers({"parted": NOTHING, "states": Arm(0.4)})
state(
    "probabilities-part-while-states-stay",
    (
        Truth("the minimum", "minimum", Answers({"parted": Arm(0.9), "states": Arm(0.97)})),
        Truth(
            "a third is gone", "paper", Answers({"parted": Arm(0.67), "states": Arm(0.97)}),
            "assumed: its curves are not in its abstract",
        ),
        Truth("probabilities stay as logits do", "untrue", Answers({"parted": Arm(), "states": Arm(0.97)})),
    ),
    {
        GUESSER: _FAR,
        MUTE: _FAR,
        **ONE_ARM,
        CHANCE: Answers({"parted": NOTHING, "states": Arm(0.4)}, base={"parted": RARELY}),
        **UNTRAINED,
        **NO_LETTERS,
        "everything parts": Answers({"parted": Arm(0.3), "states": Arm(0.7)}),
    },
)  # fmt: skip
