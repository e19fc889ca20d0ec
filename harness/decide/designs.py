"""The designs of all claims: the paper's, ours, and the neighbours'. A claim without one cannot be decided."""

from dataclasses import replace

from harness.decide.association import disagreement_over_depth
from harness.decide.bootstrap import Interval
from harness.decide.conditions import (
    a_vote_gains,
    difference,
    either_moved,
    gains_by_vote,
    gap,
    losses_by_layer,
    lost_something,
    mean_gap,
    moved,
    not_ruined,
    not_undone,
    off_the_floor,
    plateau,
    reliable,
    retention_of,
    rise_of,
    scores_something,
    share_lost,
    still_answers,
)
from harness.decide.design import Condition, Design, Evidence, Level
from harness.decide.drops import mean_gain_lost
from harness.errors import BadInput

RETENTION = "retention (fraction, net of guessing)"
LOST = "share of the base's score"
DESIGNS: dict[str, Design] = {}
"""Claim -> its design."""


def design_of(claim: str) -> Design:
    """The design of a claim.

    Raises:
        BadInput: it has none.
    """
    if claim not in DESIGNS:
        raise BadInput(f"claim {claim!r} has no design; known are {', '.join(DESIGNS)}: register it with `register`")
    return DESIGNS[claim]


def register(design: Design) -> Design:
    """Make a design known under its claim.

    Raises:
        BadInput: another one has its name.
    """
    require_own_name(design)
    DESIGNS[design.claim] = design
    return design


def require_own_name(design: Design, *others: Design) -> None:
    """Refuse a design that goes by the name of another one.

    Args:
        design: to be decided.
        others: further forms in which a claim is known.

    Raises:
        BadInput: another one has its name.
    """
    if DESIGNS.get(design.claim, design) != design and design not in others:
        raise BadInput(
            f"claim {design.claim!r} has a design already, and this one differs from it; give it a name of its own"
        )


GAP = register(
    Design(
        "classification-vs-generative-gap",
        "With a quarter of the layers removed, classification keeps more of its score than generation",
        gap("spared", "hit"),
        0.10,
        RETENTION,
        {"spared": "kept", "hit": "lost"},
        (off_the_floor(0.10, "spared", "hit"), lost_something("hit")),
        family="paper",
    )
)
register(
    replace(
        GAP,
        claim="single-layer-sensitivity",
        title="There is a layer whose removal costs reasoning much and classification or summaries little",
        sweep=True,
    )
)
ARITHMETIC = register(
    Design(
        "arithmetic-drop",
        "With a quarter of the layers removed, single-digit arithmetic gets worse",
        share_lost("hit"),
        0.20,
        LOST,
        {"hit": "lost"},
        (still_answers("answered"),),
        seen=("answered",),
        family="paper",
    )
)
register(
    replace(
        ARITHMETIC,
        claim="arithmetic-per-layer",
        title="There is a layer whose removal costs single-digit arithmetic",
        sweep=True,
    )
)
register(
    replace(
        ARITHMETIC,
        claim="degeneration-is-not-the-cause",
        title="There is a layer whose removal costs reasoning although the text of the answers stays intact",
        sweep=True,
    )
)
register(
    Design(
        "reverse-pattern",
        "There is a layer whose removal degenerates the text of the answers",
        rise_of("degenerate"),
        0.20,
        "share of answers",
        {"degenerate": "rises"},
        (still_answers("answered"),),
        seen=("answered",),
        family="paper",
        sweep=True,
    )
)
register(
    Design(
        "brackets-break",
        "There is a layer whose removal leaves programs with unbalanced brackets",
        rise_of("broken"),
        0.05,
        "share of programs",
        {"broken": "rises"},
        (still_answers("answered"),),
        seen=("answered",),
        family="paper",
        sweep=True,
    )
)


def _two_recoveries(before_first: str, before_second: str) -> tuple[Condition, ...]:
    """What must hold of two trained arms: one moved, neither was ruined to the other's advantage, one keeps a score."""
    return (
        either_moved([("first", before_first), ("second", before_second)]),
        not_ruined("second", before_second, 0.10, "reproduced"),
        not_ruined("first", before_first, 0.10, "contradicted"),
        off_the_floor(0.10, "first", "second"),
    )


ARMS = register(
    Design(
        "self-generated-beats-external",
        "Recovery on self-generated answers brings back more generation than recovery on another author's answers",
        difference("first", "second"),
        0.10,
        RETENTION,
        {"first": "kept", "second": "lost"},
        _two_recoveries("before", "before"),
        seen=("before",),
        family="paper",
        trains=True,
    )
)
register(
    replace(
        GAP,
        claim="recovery-ceiling",
        title="After recovery on self-generated answers, classification still keeps more of its score than generation",
        conditions=(moved("hit", "before"), off_the_floor(0.10, "spared", "hit"), lost_something("hit")),
        seen=("before",),
        trains=True,
    )
)
VIABLE = register(
    Design(
        "low-ratios-are-viable",
        "With a tenth of the layers removed and the recovery trained, generation keeps most of its score",
        retention_of("hit"),
        0.70,
        RETENTION,
        {"hit": "kept"},
        (moved("hit", "before", blocks=("contradicted",)),),
        seen=("before",),
        family="paper",
        trains=True,
    )
)
register(
    replace(
        VIABLE,
        claim="low-ratios-without-recovery",
        title="With a tenth of the layers removed and nothing trained, generation keeps most of its score",
        conditions=(),
        seen=(),
        family="ours",
        trains=False,
    )
)
TRAINED = register(
    Design(
        "more-training-does-not-restore",
        "After the largest recovery budget, generation still lacks part of its score",
        share_lost("hit"),
        0.05,
        LOST,
        {"hit": "lost"},
        (moved("hit", "before"), plateau("hit", "earlier", 0.10), not_undone("hit", "earlier", 0.10)),
        seen=("before", "earlier"),
        family="paper",
        trains=True,
    )
)
HEALED = replace(TRAINED, conditions=(off_the_floor(0.10, "hit"),), seen=(), trains=False)
"""The same of a checkpoint that somebody else trained: nobody knows what it kept before, but it must keep something."""
register(
    Design(
        "gap-survives-controls",
        "Asked in the same format, at the same depth and net of guessing, knowledge keeps more than reasoning",
        mean_gap([("knowledge at once", "reasoning at once"), ("knowledge after a chain", "reasoning after a chain")]),
        0.10,
        RETENTION,
        {
            "knowledge at once": "kept",
            "reasoning at once": "lost",
            "knowledge after a chain": "kept",
            "reasoning after a chain": "lost",
        },
        (
            *(
                replace(off_the_floor(0.10, f"knowledge {depth}", f"reasoning {depth}"), name=f"off the floor {depth}")
                for depth in ("at once", "after a chain")
            ),
            lost_something("reasoning at once", "reasoning after a chain"),
        ),
    )
)
register(
    replace(
        ARMS,
        claim="method-scoreboard",
        title="The method keeps more generation than removing layers at random",
        minimum=0.0,
        conditions=(off_the_floor(0.0, "first", "second"),),
        seen=(),
        family="scoreboard",
        trains=False,
    )
)

register(
    Design(
        "question-answering-has-a-threshold",
        "Without a quarter of the layers, the deepest but the last, question answering keeps its score",
        retention_of("spared"),
        0.90,
        RETENTION,
        {"spared": "kept"},
        family="neighbours",
    )
)
for _claim, _minimum, _title in (
    (
        "partial-layers-match-lora",
        -0.05,
        "Recovery by finetuning the last layers brings back at least as much generation as LoRA",
    ),
    (
        "reverse-suffices-after-finetuning",
        -0.05,
        "After recovery, the model without its deepest layers generates at least as well as without the criterion's",
    ),
    (
        "width-keeps-what-depth-loses",
        0.10,
        "After recovery, the narrower model generates better than the shallower one of as many parameters",
    ),
):
    register(
        replace(
            ARMS,
            claim=_claim,
            title=_title,
            minimum=_minimum,
            conditions=_two_recoveries("before first", "before second"),
            seen=("before first", "before second"),
            family="neighbours",
            no_worse=_minimum < 0,
        )
    )


def _apart(evidence: Evidence, at: Level) -> Interval:
    one, other = losses_by_layer(evidence["one"]), losses_by_layer(evidence["other"])
    return disagreement_over_depth(one, other, at.confidence, null=at.null)


def _agreement(evidence: Evidence, at: Level) -> Interval:
    """Spearman's correlation net of noise; anything where a state loses the same without any layer."""
    apart = _apart(evidence, replace(at, null=1 - at.null))
    return replace(apart, estimate=1 - apart.estimate, low=1 - apart.high, high=1 - apart.low)


ORDERS = register(
    Design(
        "layer-importance-is-invariant",
        "The layers that reasoning misses most are the same in two states of one model",
        _agreement,
        0.50,
        "correlation",
        {"one": "lost", "other": "lost"},
        (reliable("one", 0.80), reliable("other", 0.80)),
        family="neighbours",
        ordered=True,
    )
)


register(
    replace(
        ORDERS,
        claim="positions-vary-by-family",
        title="The layers that reasoning misses most lie elsewhere in a model of another family",
        effect=_apart,
        unit="1 - correlation",
        family="paper",
    )
)


def _gain_lost(evidence: Evidence, at: Level) -> Interval:
    before, after = (gains_by_vote(evidence[role]) for role in ("unpruned", "pruned"))
    return mean_gain_lost(before, after, at.confidence, at.resamples, null=at.null)


register(
    Design(
        "test-time-scaling-shrinks",
        "Without a tenth of the layers, a vote among eight answers gains less than it did before",
        _gain_lost,
        0.0,
        "points of accuracy",
        {"unpruned": "kept"},
        (a_vote_gains("unpruned"), scores_something("pruned", 0.05)),
        seen=("pruned",),
        family="neighbours",
        ordered=True,
    )
)
