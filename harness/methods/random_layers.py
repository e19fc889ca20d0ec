"""Random layers, seeded: the floor every criterion must beat."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.rank import Ranking, method

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("random", needs="nothing")
def random_layers(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove layers drawn without replacement."""
    drawn = random.Random(seed).sample(range(loaded.depth), n)  # noqa: S311  # a seeded draw, not a secret
    return Ranking(tuple(drawn), None, "random")
