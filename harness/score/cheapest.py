"""Things in an order, cut into runs that cost least together. Pure."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def cheapest_runs(costs: "Iterable[NDArray[Any]]") -> tuple[float, list[tuple[int, int]]]:
    """What the cheapest runs cost, and where each begins and ends, half-open, in order.

    Args:
        costs: of each thing in order, what the runs that end with it cost, by where they begin: the last stands for the
            thing alone, the one before for two, as far back as runs may reach.
    """
    least, begins = [0.0], [0]
    for end, each in enumerate(costs, start=1):
        low = end - len(each)
        totals = each + least[low:end]
        best = int(totals.argmin())
        least.append(float(totals[best]))
        begins.append(low + best)
    spans, end = list[tuple[int, int]](), len(begins) - 1
    while end:
        spans.append((begins[end], end))
        end = begins[end]
    return least[-1], spans[::-1]
