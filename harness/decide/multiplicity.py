"""Corrections for multiple comparisons: Bonferroni for intervals, Holm for p-values."""

from collections.abc import Sequence

from harness.errors import BadInput


def bonferroni_confidence(confidence: float, looks: int) -> float:
    """Coverage of each of `looks` intervals so that all of them cover together with `confidence`.

    Raises:
        BadInput: there was no look, or the coverage is no share.
    """
    if looks < 1 or not 0 < confidence < 1:
        raise BadInput(
            f"confidence {confidence} over {looks} looks: expected a share between 0 and 1, and at least 1 look"
        )
    return 1 - (1 - confidence) / looks


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm-adjusted p-values, in the given order (Holm 1979)."""
    adjusted, most = [1.0] * len(p_values), 0.0
    for tested, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        most = max(most, min(1.0, (len(p_values) - tested) * p_values[place]))
        adjusted[place] = most
    return tuple(adjusted)
