"""The truths of claims about recoveries. Pure."""

from harness.selfcheck.simulated.arms import (
    NO_LETTERS,
    RUINED,
    TRAINED_GUESS,
    TRAINED_SILENT,
    after,
    idle,
)
from harness.selfcheck.simulated.truth import CHANCE, DESTROYED, FLOOR, GUESSER, LETTERS, MUTE, USELESS, Truth, state
from harness.selfcheck.simulated.worlds import RARELY, Answers, Arm, World

PRUNED = 0.3  # retention before a recovery where no source has a figure: near the paper's highest without one


def _arms(first: Arm, second: Arm, before: float, names: tuple[str, ...]) -> dict[str, Arm]:
    return {"first": first, "second": second} | dict.fromkeys(names, Arm(before))


def _arms_nulls(names: tuple[str, ...]) -> dict[str, World | str]:
    return {
        GUESSER: Answers(_arms(TRAINED_GUESS, TRAINED_GUESS, PRUNED, names)),
        MUTE: Answers(_arms(TRAINED_SILENT, TRAINED_SILENT, PRUNED, names)),
        FLOOR: Answers(_arms(RUINED, RUINED, 0.0, names)),
        CHANCE: Answers(_arms(RUINED, RUINED, 0.0, names), base={"first": RARELY, "second": RARELY}),
        USELESS: Answers(_arms(idle(PRUNED), idle(PRUNED), PRUNED, names)),
        DESTROYED: Answers(_arms(idle(PRUNED), RUINED, PRUNED, names)),
        **NO_LETTERS,
        "the second arm was ruined": Answers(_arms(after(0.634), RUINED, PRUNED, names)),
        "the second arm was ruined, the first hardly moved": Answers(_arms(after(0.34), RUINED, PRUNED, names)),
        "the first arm was ruined": Answers(_arms(RUINED, after(0.634), PRUNED, names)),
        "the first arm was ruined, the second hardly moved": Answers(_arms(RUINED, after(0.34), PRUNED, names)),
    }


def _state_arms(
    claim: str,
    minimum: tuple[float, float],
    paper: tuple[float, float],
    source: str,
    untrue: tuple[float, float],
    names: tuple[str, ...] = ("before first", "before second"),
) -> None:
    """A claim about retention after two recoveries."""

    def world(kept: tuple[float, float]) -> Answers:
        return Answers(_arms(after(kept[0]), after(kept[1]), PRUNED, names))

    true = (
        Truth("the minimum", "minimum", world(minimum)),
        Truth("the paper's figure", "paper", world(paper), source),
        Truth("no better" if minimum[0] > minimum[1] else "twice as much worse as is allowed", "untrue", world(untrue)),
    )
    state(claim, true, _arms_nulls(names))


_state_arms(
    "self-generated-beats-external", (0.6, 0.5), (0.634, 0.322), "Table 2, Llama-3.1-8B", (0.6, 0.6), ("before",)
)
_ASSUMED = "assumed: the source has no generative figure"
_state_arms("partial-layers-match-lora", (0.55, 0.6), (0.7, 0.6), _ASSUMED, (0.5, 0.6))
_state_arms("reverse-suffices-after-finetuning", (0.55, 0.6), (0.7, 0.6), _ASSUMED, (0.5, 0.6))
_state_arms(
    "width-keeps-what-depth-loses", (0.6, 0.5), (0.848, 0.346), "Minitron: GSM8K 48.6 / 41.2 / 16.8", (0.6, 0.6)
)
_state_arms(
    "full-weights-beat-lora", (0.6, 0.5), (0.8, 0.5), "assumed: the source has no generative figure", (0.6, 0.6)
)
state(
    "recovery-ceiling",
    (
        Truth("the minimum", "minimum", Answers({"spared": after(0.8), "hit": after(0.7), "before": Arm(PRUNED)})),
        Truth(
            "the paper's figure", "paper",
            Answers({"spared": after(0.903), "hit": after(0.634), "before": Arm(0.327)}),
            "Table 2, Llama-3.1-8B; before: the highest of Table 1",
        ),
        Truth("no gap is left", "untrue", Answers({"spared": after(0.8), "hit": after(0.8), "before": Arm(PRUNED)})),
    ),
    {
        GUESSER: Answers({"spared": TRAINED_GUESS, "hit": TRAINED_GUESS, "before": Arm(PRUNED)}),
        MUTE: Answers({"spared": TRAINED_SILENT, "hit": TRAINED_SILENT, "before": Arm(PRUNED)}),
        FLOOR: Answers({"spared": RUINED, "hit": RUINED, "before": Arm(0.0)}),
        CHANCE: Answers(
            {"spared": TRAINED_GUESS, "hit": after(0.6), "before": Arm(PRUNED)}, base={"spared": "guesses"}
        ),
        USELESS: Answers({"spared": idle(0.8), "hit": idle(PRUNED), "before": Arm(PRUNED)}),
        DESTROYED: Answers({"spared": TRAINED_GUESS, "hit": RUINED, "before": Arm(PRUNED)}),
        LETTERS: Answers(
            {"spared": Arm(way="another letter", trained=True), "hit": after(0.6), "before": Arm(PRUNED)},
            base={"spared": "one letter"},
        ),
    },
)  # fmt: skip
state(
    "low-ratios-are-viable",
    (
        Truth("the minimum", "minimum", Answers({"hit": after(0.7), "before": Arm(0.5)})),
        Truth("the paper's figure", "paper", Answers({"hit": after(0.8), "before": Arm(0.6)}), "Fig. 6, Table 6"),
        Truth(
            "a tenth costs what a quarter does", "untrue", Answers({"hit": after(0.327), "before": Arm(0.143)})
        ),
    ),
    {
        GUESSER: Answers({"hit": TRAINED_GUESS, "before": Arm(0.5)}),
        MUTE: Answers({"hit": TRAINED_SILENT, "before": Arm(0.5)}),
        FLOOR: Answers({"hit": RUINED, "before": Arm(0.0)}),
        CHANCE: Answers({"hit": RUINED, "before": Arm(0.0)}, base={"hit": RARELY}),
        USELESS: Answers({"hit": idle(0.5), "before": Arm(0.5)}),
        DESTROYED: Answers({"hit": RUINED, "before": Arm(0.5)}),
        **NO_LETTERS,
    },
)  # fmt: skip


def _budgets(last: Arm, earlier: Arm, before: float) -> Answers:
    return Answers({"hit": last, "earlier": earlier, "before": Arm(before)})


state(
    "more-training-does-not-restore",
    (
        Truth("the minimum", "minimum", _budgets(after(0.95), after(0.93), 0.5)),
        Truth(
            "the paper's figure", "paper", _budgets(after(0.634), after(0.61), 0.327),
            "Table 2, Llama-3.1-8B: its long budget is not known; the last doubling is assumed to bring .024",
        ),
        Truth("all is restored", "untrue", _budgets(after(1.0), after(0.98), 0.5)),
    ),
    {
        GUESSER: _budgets(TRAINED_GUESS, TRAINED_GUESS, PRUNED),
        MUTE: _budgets(TRAINED_SILENT, TRAINED_SILENT, PRUNED),
        FLOOR: _budgets(RUINED, RUINED, 0.0),
        CHANCE: Answers(
            {"hit": RUINED, "earlier": RUINED, "before": Arm(0.0)}, base={"hit": RARELY}
        ),
        USELESS: _budgets(idle(PRUNED), idle(PRUNED), PRUNED),
        DESTROYED: _budgets(RUINED, idle(PRUNED), PRUNED),
        **NO_LETTERS,
    },
)  # fmt: skip
