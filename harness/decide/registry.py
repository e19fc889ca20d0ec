"""Every claim's design by its claim. A claim without one cannot be decided."""

from harness.decide.design import Design
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
    import harness.decide.designs  # noqa: F401  # registers them

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
