"""Criteria that look at nothing but the position.

- `reverse`: the deepest layers, the last one included (2411.15558, 2602.01997: 8 of 32 are 24..31);
- `deepest_but_last`: the deepest but the last one, the "simple" rule of 2403.17887 (8 of 32 are 23..30).
"""

from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def deepest(depth: int, n: int, *, spare_last: bool) -> tuple[int, ...]:
    """The `n` deepest of `depth` layers, the deepest first.

    Raises:
        BadInput: sparing the last layer leaves too few.
    """
    end = depth - spare_last
    if n > end:
        raise BadInput(f"{n} layers are to be removed of {depth} with the last one spared; at most {end} can go")
    return tuple(range(end - 1, end - 1 - n, -1))


@method("reverse", needs="nothing")
def reverse(loaded: "LoadedModel", n: int) -> Ranking:
    """Remove the deepest layers."""
    return Ranking(deepest(loaded.depth, n, spare_last=False), None, "reverse")


@method("deepest_but_last", needs="nothing")
def deepest_but_last(loaded: "LoadedModel", n: int) -> Ranking:
    """Remove the deepest layers but the last."""
    return Ranking(deepest(loaded.depth, n, spare_last=True), None, "deepest_but_last")
