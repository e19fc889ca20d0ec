"""The crossed design of claim 10: the same content asked in two formats at two depths (docs/claims.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

from harness.tasks.source import Source
from harness.tasks.suite import TASKS
from harness.tiers import TierName

Content = Literal["knowledge", "reasoning"]
Format = Literal["generated", "choice"]
Depth = Literal["at once", "after a chain"]
Cell = tuple[Content, Format, Depth]
CELLS: tuple[Cell, ...] = tuple(product(get_args(Content), get_args(Format), get_args(Depth)))


@dataclass(frozen=True)
class Form:
    """One benchmark at one depth: the task that generates, and the one that chooses, where there is one."""

    content: Content
    depth: Depth
    generated: str
    choice: str | None


_REAL = (
    Form("knowledge", "at once", "arc_easy_generated", "arc_easy"),
    Form("knowledge", "after a chain", "arc_easy_chain", None),  # nobody publishes worked answers to choose from
    Form("reasoning", "at once", "gsm8k_number", "gsm8k_number_choice"),
    Form("reasoning", "at once", "arithmetic", None),  # which small models answer at once, where they fail at GSM8K
    Form("reasoning", "after a chain", "gsm8k", "gsm8k_choice"),
)
FORMS: Mapping[TierName, tuple[Form, ...]] = {
    "tiny": (
        Form("knowledge", "at once", "facts_generated", "facts"),
        Form("knowledge", "at once", "kinds_generated", "kinds"),
        Form("knowledge", "after a chain", "facts_chain", "facts_chain_choice"),
        Form("knowledge", "after a chain", "kinds_chain", "kinds_chain_choice"),
        Form("reasoning", "at once", "calculations", "calculations_choice"),
        Form("reasoning", "after a chain", "calculations_chain", "calculations_chain_choice"),
    ),
    "small": _REAL,
    "gpu": _REAL,
}


def forms(tier: TierName, source: Source) -> tuple[Form, ...]:
    """The forms that a tier has, without those whose items a source of this type has not."""
    return tuple(form for form in FORMS[tier] if TASKS[form.generated].reads.may_be_in(source))


def cells(tier: TierName, source: Source) -> dict[Cell, tuple[str, ...]]:
    """The tasks of each of the eight cells; a cell that nothing is known for has none."""
    found = forms(tier, source)
    return {
        (content, format_, depth): tuple(
            task
            for form in found
            if (form.content, form.depth) == (content, depth)
            and (task := form.generated if format_ == "generated" else form.choice) is not None
        )
        for content, format_, depth in CELLS
    }
