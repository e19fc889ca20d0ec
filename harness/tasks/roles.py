"""Which tasks speak for each role of a claim, tier by tier, and on how many items: what is asked and simulated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.decide.neighbour_designs import REPAIRS
from harness.errors import BadInput
from harness.tasks.crossed import FORMS
from harness.tasks.suite import ARITHMETIC, ARITHMETIC_DECIDED_BY, sweep_limit
from harness.tiers import TIERS, Tier, TierName

Group = Mapping[TierName, tuple[str, ...]]
PER_LAYER = 200  # sums per layer, the paper's: answers are four tokens long


@dataclass(frozen=True)
class Questions:
    """What the check of a claim asks."""

    roles: Mapping[str, Group]
    """Role of its design whose base is the unpruned model -> tasks; the cheapest first."""
    every_layer: bool = False
    """Whether each layer is removed in turn."""
    items: Callable[[TierName, int | None], int | None] = lambda _, limit: limit
    """Most items per task, of a tier and its `--limit`; None: all."""

    def on(self, tier: TierName) -> dict[str, tuple[str, ...]]:
        """Role -> its tasks on a tier."""
        return {role: group[tier] for role, group in self.roles.items()}


def groups_of(tier: TierName) -> dict[str, tuple[str, ...]]:
    """What people ask about: group -> its tasks on a tier."""
    found = TIERS[tier]
    return {
        "classification": found.classification,
        "generation": found.generative,
        "arithmetic": ARITHMETIC,
        "code": found.code,
    }


def group_of(task: str, tier: TierName) -> str:
    """The group of a task; "" where it is in none of them."""
    return next((group for group, tasks in groups_of(tier).items() if task in tasks), "")


def _written(content: str, depth: str) -> Group:
    return {
        tier: tuple(form.generated for form in forms if (form.content, form.depth) == (content, depth))
        for tier, forms in FORMS.items()
    }


def _each(tasks: Callable[[Tier], tuple[str, ...]]) -> Group:
    return {name: tasks(tier) for name, tier in TIERS.items()}


CLASSIFICATION = _each(lambda tier: tier.classification)
GENERATIVE = _each(lambda tier: tier.generative)
REASONING = _each(lambda tier: tier.reasoning)
ROBUST = _each(lambda tier: tier.robust)
CODE = _each(lambda tier: tier.code)
WORKED = _each(lambda tier: (tier.worked,))
ARITHMETIC_TASK = _each(lambda _: (ARITHMETIC_DECIDED_BY["sound"],))
SWEPT = _each(lambda tier: (*tier.robust, *tier.reasoning))
BOTH_WAYS: Mapping[str, Group] = {
    "likelihood": {"tiny": ("word_problems_choice",), "small": ("arc_easy",), "gpu": ("arc_easy",)},
    "generation": {"tiny": ("word_problems",), "small": ("arc_easy_generated",), "gpu": ("arc_easy_generated",)},
}
"""The same items, judged by the likelihood of their options and by what is written."""
CHOSEN: Group = {"tiny": ("word_problems_choice",), "small": ("gsm8k_choice",), "gpu": ("gsm8k_choice",)}
"""A choice between worked answers, of the items of `WORKED`."""
_GAP = Questions({"spared": CLASSIFICATION, "hit": GENERATIVE})
_ARMS = Questions({"first": GENERATIVE, "second": GENERATIVE})
_ORDERS = Questions({"one": REASONING, "other": REASONING}, every_layer=True, items=sweep_limit)
QUESTIONS: dict[str, Questions] = {
    "classification-vs-generative-gap": _GAP,
    "single-layer-sensitivity": Questions({"spared": ROBUST, "hit": REASONING}, every_layer=True, items=sweep_limit),
    "arithmetic-drop": Questions({"hit": ARITHMETIC_TASK, "answered": ARITHMETIC_TASK}),
    "arithmetic-per-layer": Questions(
        {"hit": ARITHMETIC_TASK, "answered": ARITHMETIC_TASK},
        every_layer=True,
        items=lambda _, limit: limit or PER_LAYER,
    ),
    "degeneration-is-not-the-cause": Questions(
        {"hit": REASONING, "answered": REASONING}, every_layer=True, items=sweep_limit
    ),
    "reverse-pattern": Questions({"degenerate": REASONING, "answered": REASONING}, every_layer=True, items=sweep_limit),
    "brackets-break": Questions({"broken": CODE, "answered": CODE}, every_layer=True, items=sweep_limit),
    "self-generated-beats-external": _ARMS,
    "recovery-ceiling": _GAP,
    "low-ratios-are-viable": Questions({"hit": GENERATIVE}),
    "low-ratios-without-recovery": Questions({"hit": GENERATIVE}),
    "more-training-does-not-restore": Questions({"hit": GENERATIVE}),
    "gap-survives-controls": Questions(
        {
            f"{content} {depth}": _written(content, depth)
            for depth in ("at once", "after a chain")
            for content in ("knowledge", "reasoning")
        }
    ),
    "method-scoreboard": _ARMS,
    "question-answering-has-a-threshold": Questions({"spared": CLASSIFICATION}),
    "partial-layers-match-lora": _ARMS,
    "reverse-suffices-after-finetuning": _ARMS,
    "width-keeps-what-depth-loses": _ARMS,
    "layer-importance-is-invariant": _ORDERS,
    "positions-vary-by-family": _ORDERS,
    "test-time-scaling-shrinks": Questions({"unpruned": WORKED}, items=sweep_limit),
    "a-repair-restores-arithmetic": Questions(dict.fromkeys(REPAIRS, ARITHMETIC_TASK)),
    "second-half-costs-less": Questions({"second": REASONING, "first": REASONING}, every_layer=True, items=sweep_limit),
    "likelihood-spares-other-layers": Questions(BOTH_WAYS, every_layer=True, items=sweep_limit),
    "one-layer-less-helps": Questions({"raised": SWEPT}, every_layer=True, items=sweep_limit),
    "cosine-is-a-poor-proxy": Questions({"removed": SWEPT}, every_layer=True, items=sweep_limit),
    "answers-agree-within-an-objective": Questions({"chosen": GENERATIVE}),
    "texts-choose-more-than-criteria": Questions({"chosen": GENERATIVE}),
    "attention-costs-less-than-mlps": Questions({"attention": GENERATIVE, "mlps": GENERATIVE}),
    "full-weights-beat-lora": _ARMS,
    "probabilities-part-while-states-stay": Questions({"parted": REASONING}),
    "lost-answers-are-demoted": Questions({"choice": CHOSEN, "recognised": WORKED, "lost": WORKED}),
    "loops-rise-while-accuracy-holds": Questions(
        {"spared": CLASSIFICATION, "degenerate": REASONING, "answered": REASONING}
    ),
}
"""Claim -> what its check asks."""


def questions_of(claim: str) -> Questions:
    """What the check of a claim asks.

    Raises:
        BadInput: nothing is known of it.
    """
    if claim not in QUESTIONS:
        raise BadInput(f"claim {claim!r} has no tasks in harness.tasks.roles; known are {', '.join(QUESTIONS)}")
    return QUESTIONS[claim]
