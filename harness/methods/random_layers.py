"""Random layers, seeded: the floor every criterion must beat."""

import random
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("random", needs="nothing")
def random_layers(loaded: "LoadedModel", n: int, seed: int) -> Ranking:
    """Remove layers drawn without replacement."""
    drawn = random.Random(seed).sample(range(loaded.depth), n)  # noqa: S311  # a seeded draw, not a secret
    return Ranking(tuple(drawn), None, "random")
