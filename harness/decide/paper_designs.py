"""The designs of the paper's claims."""

from dataclasses import replace

from harness.decide.conditions import (
    either_moved,
    lost_something,
    moved,
    neither_ruined,
    not_undone,
    off_the_floor,
    plateau,
    reliable,
    still_answers,
)
from harness.decide.design import Condition, Design
from harness.decide.effects import difference, gap, orders_apart, retention_of, rise_of, share_lost
from harness.decide.registry import LOST, RETENTION, register

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


def two_recoveries(before_first: str, before_second: str) -> tuple[Condition, ...]:
    """What must hold of two trained arms: one moved, neither was ruined to the other's advantage, one keeps a score."""
    return (
        either_moved([("first", before_first), ("second", before_second)]),
        *neither_ruined(before_first, before_second),
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
        two_recoveries("before", "before"),
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


APART = orders_apart("one", "other")
"""Of two models."""
POSITIONS = register(
    Design(
        "positions-vary-by-family",
        "The layers that reasoning misses most lie elsewhere in a model of another family",
        APART,
        0.50,
        "1 - correlation",
        {"one": "lost", "other": "lost"},
        (reliable("one", 0.80), reliable("other", 0.80)),
        family="paper",
        ordered=True,
    )
)
