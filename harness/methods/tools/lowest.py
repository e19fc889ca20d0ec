"""The n layers with the lowest scores; ties go to the deeper layer. Pure."""

from collections.abc import Collection, Sequence


def lowest(scores: Sequence[float], n: int, among: Collection[int] | None = None) -> tuple[int, ...]:
    """The `n` layers with the lowest score, the lowest first; `among` names those that may go (None: all)."""
    layers = range(len(scores)) if among is None else among
    return tuple(sorted(layers, key=lambda layer: (scores[layer], -layer))[:n])
