"""The truths of every claim; those of recoveries and of orders of layers are in files of their own. Pure."""

from collections.abc import Mapping

from harness.errors import BadInput
from harness.selfcheck.simulated import (  # noqa: F401  # they state theirs
    layer_truths,
    order_truths,
    recovery_truths,
    repair_truths,
    set_truths,
)
from harness.selfcheck.simulated.arms import GUESS, NO_LETTERS, NOTHING, ONE_ARM, OTHER_LETTER, SILENT, UNTRAINED
from harness.selfcheck.simulated.truth import CHANCE, FLOOR, GUESSER, LETTERS, MUTE, TRUTHS, Truth, Truths, state
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm, Way, World


def truths_of(claim: str) -> Truths:
    """The truths of a claim.

    Raises:
        BadInput: it has none.
    """
    if claim not in TRUTHS:
        raise BadInput(f"claim {claim!r} has no truths to be simulated; known are {', '.join(TRUTHS)}: `state` some")
    return TRUTHS[claim]


def _of_layers(
    least: Mapping[str, Arm],
    paper: Mapping[str, Arm],
    nothing: Mapping[str, Arm],
    source: str,
    name: str = "the paper's figure",
) -> tuple[Truth, ...]:
    """Truths of a sweep: the minimum at every layer and at one, the paper's figure at one, and nothing at all."""
    return (
        Truth("the minimum at every layer", "minimum", Answers(least)),
        Truth("the minimum at one layer", "minimum", Answers(least, nothing)),
        Truth(name, "paper", Answers(paper, nothing), source),
        Truth("nothing happened", "untrue", Answers(nothing)),
    )  # fmt: skip


# ---- a difference of two groups of tasks, without one variant's layers
_GAP_NULLS: dict[str, World | str] = {
    GUESSER: Answers({"spared": GUESS, "hit": GUESS}),
    MUTE: Answers({"spared": SILENT, "hit": SILENT}),
    FLOOR: Answers({"spared": NOTHING, "hit": NOTHING}),
    CHANCE: Answers({"spared": GUESS, "hit": NOTHING}, base={"spared": "guesses"}),
    **UNTRAINED,
    LETTERS: Answers({"spared": OTHER_LETTER, "hit": NOTHING}, base={"spared": "one letter"}),
}
_GAP_TRUE = (
    Truth("the minimum", "minimum", Answers({"spared": Arm(0.75), "hit": Arm(0.65)})),
    Truth(
        "the paper's figure", "paper", Answers({"spared": Arm(0.655), "hit": Arm(0.327)}),
        "Table 1: the lowest classification and the highest generative retention of the four models",
    ),
    Truth("nothing happened", "untrue", Answers({"spared": Arm(), "hit": Arm()})),
)  # fmt: skip
state("classification-vs-generative-gap", _GAP_TRUE, _GAP_NULLS)


def _crossed(knowledge: Arm, reasoning: Arm, base: Way | None = None) -> Answers:
    """The same at both depths."""
    depths = ("at once", "after a chain")
    arms = {f"{content} {depth}": arm for depth in depths
            for content, arm in (("knowledge", knowledge), ("reasoning", reasoning))}  # fmt: skip
    return Answers(arms, base={} if base is None else {f"knowledge {depth}": base for depth in depths})


state(
    "gap-survives-controls",
    (
        Truth("the minimum", "minimum", _crossed(Arm(0.75), Arm(0.65))),
        Truth("the gap of the first claim", "paper", _crossed(Arm(0.655), Arm(0.327)), "assumed: the claim is ours"),
        Truth("nothing happened", "untrue", _crossed(Arm(), Arm())),
    ),
    {
        GUESSER: _crossed(GUESS, GUESS),
        MUTE: _crossed(SILENT, SILENT),
        FLOOR: _crossed(NOTHING, NOTHING),
        CHANCE: _crossed(GUESS, NOTHING, "guesses"),
        **UNTRAINED,
        LETTERS: _crossed(OTHER_LETTER, NOTHING, "one letter"),
    },
)
_NO_GAP = {"spared": Arm(), "hit": Arm()}
state(
    "single-layer-sensitivity",
    _of_layers(
        {"spared": Arm(0.9), "hit": Arm(0.8)}, {"spared": Arm(0.953), "hit": Arm(0.358)}, _NO_GAP,
        "Fig. 1, Llama-3.1-8B without layer 15: XSUM; mean of GSM8K and HumanEval+; no other layer matters",
    ),
    _GAP_NULLS,
)  # fmt: skip

# ---- what one group lost, in answers that are answers
_LOST_NULLS: dict[str, World | str] = {
    GUESSER: "a variant that answers fluently and at random has lost the ability: `reproduced` is right",
    MUTE: Answers({"hit": SILENT, "answered": SILENT}),
    **ONE_ARM,
    CHANCE: Answers({"hit": NOTHING, "answered": Arm()}, base={"hit": "guesses"}),
    **UNTRAINED,
    **NO_LETTERS,
}


def _lost(share: float) -> dict[str, Arm]:
    return {"hit": Arm(1 - share), "answered": Arm()}


state(
    "arithmetic-drop",
    (
        Truth("the minimum", "minimum", Answers(_lost(0.20))),
        Truth(
            "the paper's figure", "paper", Answers(_lost(0.367)),
            "Fig. 3, the smallest share of the three models: Llama-3.1-8B, first digit .60 -> .38",
        ),
        Truth("nothing happened", "untrue", Answers(_lost(0.0))),
    ),
    _LOST_NULLS,
)  # fmt: skip
state(
    "arithmetic-per-layer",
    _of_layers(
        _lost(0.20), _lost(0.333), _lost(0.0),
        "Fig. 3, Mistral-7B without layer 6, .75 -> .50; no other layer matters",
    ),
    _LOST_NULLS,
)  # fmt: skip
state(
    "degeneration-is-not-the-cause",
    _of_layers(
        _lost(0.20), _lost(0.45), _lost(0.0),
        "Fig. 1, Llama-3.1-8B without layer 15 loses .90 of GSM8K with a flat Rep; half of it is assumed "
        "to be lost in intact text",
    ),
    _LOST_NULLS,
)  # fmt: skip


def _broken(rise: float) -> dict[str, Arm]:
    return {"broken": Arm(rises=rise), "answered": Arm()}


def _degenerate(rise: float) -> dict[str, Arm]:
    return {"degenerate": Arm(rises=rise), "answered": Arm()}


state(
    "reverse-pattern",
    _of_layers(
        _degenerate(0.20), _degenerate(0.5), _degenerate(0.0),
        "assumed: Rep rises by 47 to 85 points without one layer, shares of answers are not reported",
        "half of the answers",
    ),
    {
        GUESSER: "a text at random is degenerate or it is not, whatever it is right about: the measure tells",
        MUTE: Answers({"degenerate": SILENT, "answered": SILENT}),
        **ONE_ARM,
        CHANCE: Answers(_degenerate(0.0), base={"degenerate": 0.97}),  # there is none that could still degenerate
        **UNTRAINED,
        **NO_LETTERS,
    },
)  # fmt: skip
state(
    "brackets-break",
    _of_layers(
        _broken(0.05), _broken(0.13), _broken(0.0),
        "section 4.3, Mistral-7B without layer 22: 14 of 100 programs, 1 before",
    ),
    {
        GUESSER: Answers({"broken": Arm(rises=0.5), "answered": SILENT}),  # brackets at random are no program
        MUTE: Answers({"broken": SILENT, "answered": SILENT}),
        **ONE_ARM,
        CHANCE: Answers(_broken(0.0), base={"broken": 0.97}),  # there is none that could still break
        **UNTRAINED,
        **NO_LETTERS,
    },
)  # fmt: skip

# ---- what is kept
_LOSES_GENERATION = "a variant that answers so has lost generation: `contradicted` is right"
state(
    "low-ratios-without-recovery",
    (
        Truth("the minimum", "minimum", Answers({"hit": Arm(0.7)})),
        Truth("the figure after a recovery", "paper", Answers({"hit": Arm(0.8)}), "Fig. 6, Table 6; assumed without"),
        Truth("a tenth costs what a quarter does", "untrue", Answers({"hit": Arm(0.327)})),
    ),
    {
        GUESSER: _LOSES_GENERATION,
        MUTE: _LOSES_GENERATION,
        **ONE_ARM,
        CHANCE: Answers({"hit": NOTHING}, base={"hit": RARELY}),
        **UNTRAINED,
        **NO_LETTERS,
    },
)
state(
    "question-answering-has-a-threshold",
    (
        Truth("the minimum", "minimum", Answers({"spared": Arm(0.90)})),
        Truth("nearly all is kept", "paper", Answers({"spared": Arm(0.97)}), "assumed: no figure at a quarter"),
        Truth("half is lost", "untrue", Answers({"spared": Arm(0.5)})),
    ),
    {
        GUESSER: "a variant that guesses has lost question answering: `contradicted` is right",
        MUTE: "options are compared by likelihood, and one wins: who knows nothing guesses",
        **ONE_ARM,
        CHANCE: Answers({"spared": GUESS}, base={"spared": "guesses"}),
        **UNTRAINED,
        LETTERS: Answers({"spared": OTHER_LETTER}, base={"spared": "one letter"}),
    },
)
_UNTRAINED_ARMS: dict[str, World | str] = {
    GUESSER: Answers({"first": GUESS, "second": GUESS}),
    MUTE: Answers({"first": SILENT, "second": SILENT}),
    FLOOR: Answers({"first": NOTHING, "second": NOTHING}),
    CHANCE: Answers({"first": NOTHING, "second": NOTHING}, base={"first": RARELY, "second": RARELY}),
    **UNTRAINED,
    **NO_LETTERS,
}
state(
    "method-scoreboard",
    (
        Truth("the minimum", "minimum", Answers({"first": Arm(0.4), "second": Arm(0.4)})),
        Truth("twice random's retention", "paper", Answers({"first": Arm(0.6), "second": Arm(0.3)}), "assumed: ours"),
        Truth("half of random's retention", "untrue", Answers({"first": Arm(0.3), "second": Arm(0.6)})),
    ),
    _UNTRAINED_ARMS,
)
