"""The designs of neighbouring papers' claims about single layers, from a sweep that removes each alone."""

from dataclasses import replace

from harness.decide.conditions import off_the_floor, reliable
from harness.decide.design import Design
from harness.decide.effects import best_task, difference, orders_apart, rise_of
from harness.decide.paper_designs import POSITIONS
from harness.decide.registry import RETENTION, register

register(
    Design(
        "second-half-costs-less",
        "A layer of the second half costs reasoning less than a layer of the first half",
        difference("second", "first"),
        0.10,
        RETENTION,
        {"second": "kept", "first": "lost"},
        (off_the_floor(0.10, "second", "first"),),
        family="neighbours",
    )
)
register(
    replace(
        POSITIONS,
        claim="likelihood-spares-other-layers",
        title="The layers that a likelihood sweep calls dispensable are not those of a generation sweep",
        effect=orders_apart("likelihood", "generation"),
        roles={"likelihood": "lost", "generation": "lost"},
        conditions=(reliable("likelihood", 0.80), reliable("generation", 0.80)),
        family="neighbours",
    )
)
register(
    Design(
        "one-layer-less-helps",
        "There is a layer whose removal raises a task",
        best_task("raised", rise_of),
        0.05,
        "points of accuracy",
        {"raised": "gains"},
        family="neighbours",
        sweep=True,
    )
)
register(
    replace(
        POSITIONS,
        claim="cosine-is-a-poor-proxy",
        title="How much a layer turns its input is a poor proxy for what its removal costs",
        effect=orders_apart("cosine", "removed"),
        minimum=0.30,
        roles={"removed": "lost"},
        conditions=(reliable("removed", 0.80),),
        seen=("cosine",),
        calibrates=True,
        family="neighbours",
    )
)
