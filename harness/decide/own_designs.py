"""The designs of claims that are ours."""

from dataclasses import replace

from harness.decide.conditions import lost_something, off_the_floor
from harness.decide.design import Design
from harness.decide.effects import mean_gap, retention_of
from harness.decide.paper_designs import ARMS
from harness.decide.registry import RETENTION, register

register(
    Design(
        "low-ratios-without-recovery",
        "With a tenth of the layers removed and nothing trained, generation keeps most of its score",
        retention_of("hit"),
        0.70,
        RETENTION,
        {"hit": "kept"},
    )
)
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
