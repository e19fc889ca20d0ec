"""What a variant costs beside its base: parameters, bytes, and tokens per second measured side by side.

Speeds are the median of a few repeats in which the models take turns on the same rows, after one that does not count:
of two models on one machine at one time they say which is faster and by how much, and nothing about another machine.
Nothing of it is compared with a baseline.
"""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.score.abilities import abilities_of
from harness.score.decoders import Decoder, EvenDecoder, UncachedDecoder
from harness.score.forward import embedded
from harness.text.encode import room_of

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

ROWS, PROMPT, STEPS = 4, 64, 8
"""Prompts of a batch, their tokens, and how many more each gets."""
REPEATS = 3
_LOOKS_FOR_ALL = "single"  # of prompts written on one after the other, one is enough


@dataclass(frozen=True)
class ModelCost:
    """What one model takes."""

    parameters: int
    bytes: int
    """Of its parameters and buffers, as they lie in memory."""
    prefill: float | None = None
    """Prompt tokens per second; None where it was not measured."""
    decode: float | None = None
    """Written tokens per second."""


def sizes(models: Mapping[str, "PreTrainedModel"]) -> dict[str, ModelCost]:
    """Parameters and bytes, which cost nothing to know."""
    return {
        name: ModelCost(model.num_parameters(), sum(tensor.nbytes for tensor in _tensors(model)))
        for name, model in models.items()
    }


def side_by_side(
    models: Mapping[str, "PreTrainedModel"],
    repeats: int = REPEATS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, ModelCost]:
    """Sizes and speeds of models of one tokenizer, which take turns; sizes alone where a model cannot be timed.

    A side measurement ends no check, whatever a family or the memory says to it.

    Args:
        models: by name.
        repeats: of which the median counts.
        clock: seconds.
    """
    import torch

    speeds: dict[str, list[tuple[float, float]]] = {name: [] for name in models}
    known = sizes(models)
    with torch.inference_mode():
        for number in range(repeats + 1):
            for name in list(models)[:: 1 if number % 2 else -1]:  # nobody is always first
                try:
                    speeds[name].append(_speeds(models[name], clock))
                except Exception:  # noqa: BLE001  # families refuse what they cannot do in any way
                    return known
    return {
        name: ModelCost(
            known[name].parameters, known[name].bytes, *map(statistics.median, zip(*counted[1:], strict=True))
        )
        for name, counted in speeds.items()
    }


def now(where: "torch.device", clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds on a clock that waits for what the device still has to do."""
    import torch

    if where.type == "cuda":
        torch.cuda.synchronize(where)
    return clock()


def _tensors(model: "PreTrainedModel") -> Iterator["torch.Tensor"]:
    """Parameters and buffers, shared ones once."""
    yield from model.parameters()
    yield from model.buffers()


def _speeds(model: "PreTrainedModel", clock: Callable[[], float]) -> tuple[float, float]:
    """Prompt and written tokens per second, once."""
    abilities = abilities_of(model)
    rows = 1 if abilities.decoding == _LOOKS_FOR_ALL else ROWS
    length = min(PROMPT, (room_of(model) or PROMPT + STEPS) - STEPS)
    words = embedded(model)
    prompts = [[1 + (row * length + place) % (words - 1) for place in range(length)] for row in range(rows)]
    decoder: Decoder = UncachedDecoder(model) if abilities.decoding == "uncached" else EvenDecoder(model)

    start = now(model.device, clock)
    logits = decoder.start(prompts)
    read = now(model.device, clock)
    for _ in range(STEPS):
        logits = decoder.step(logits.argmax(-1))
    written = now(model.device, clock)
    return rows * length / (read - start), rows * STEPS / (written - read)
