"""Removes every other layer from the middle outwards: a method in ten lines."""

from collections.abc import Sequence
from typing import Any


def rank_layers(loaded: Any, n: int, calibration: Sequence[str], seed: int) -> list[int]:  # noqa: ANN401, ARG001
    """The `n` layers to remove; `loaded.model` and `loaded.tokenizer` are the unpruned model."""
    middle = loaded.depth / 2
    inwards = sorted(range(loaded.depth), key=lambda layer: (layer % 2, abs(layer - middle)))
    return inwards[:n]
