"""A plan as a mergekit `passthrough` configuration, and back. Pure.

mergekit writes the same model from it, bit for bit (`tests/export/test_mergekit_equality.py`, mergekit 0.1.5). Its
`layer_range` is half-open, as in all our code.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml

from harness.errors import BadInput
from harness.prune.plan import DEEPEST, LayerPlan

METHOD = "passthrough"


def to_yaml(plan: LayerPlan, model: str, dtype: str) -> str:
    """Mergekit's configuration of a plan.

    Args:
        plan: whole layers only.
        model: what mergekit shall read, a folder or a hub id.
        dtype: of the written weights, `bfloat16` for example.

    Raises:
        BadInput: the plan removes single units or blends layers, which passthrough cannot say.
    """
    if not plan.whole_layers_only:
        raise BadInput(
            f"plan {plan.describe()}: mergekit's passthrough takes whole layers, expected no attn, mlp or blend; "
            f"export the folder itself"
        )
    slices = [{"sources": [{"model": model, "layer_range": [first, end]}]} for first, end in ranges(plan.kept)]
    return yaml.safe_dump({"merge_method": METHOD, "dtype": dtype, "slices": slices}, sort_keys=False)


def ranges(layers: tuple[int, ...]) -> list[tuple[int, int]]:
    """Increasing indices as half-open runs."""
    ends = [index for index, (one, other) in enumerate(pairwise(layers), 1) if other != one + 1]
    return [(layers[a], layers[b - 1] + 1) for a, b in pairwise([0, *ends, len(layers)])]


@dataclass(frozen=True)
class Passthrough:
    """What a mergekit configuration of one pruned model says."""

    kept: tuple[int, ...]
    """Layers that are taken, increasing."""
    model: str
    """The unpruned model, a folder or hub id with optional `@revision`."""
    dtype: str | None
    """Of the written weights; None: as they are stored."""


def from_yaml(text: str, source: str) -> Passthrough:
    """Read a mergekit configuration.

    Args:
        text: the configuration.
        source: where it came from, for messages.

    Raises:
        BadInput: it is no passthrough of one model whose layers are taken once and in order, or it says something else
            that changes the model (scaled tensors, another tokenizer), which would be lost.
    """
    try:
        config = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # the last two: a date of month 13, ten thousand [
        raise BadInput(f"{source} is no YAML ({' '.join(str(error).split())}); expected a mergekit file") from error
    if not isinstance(config, dict) or config.get("merge_method") != METHOD:
        found = config.get("merge_method") if isinstance(config, dict) else type(config).__name__
        raise BadInput(f"{source}: merge_method is {found!r}, expected {METHOD!r}: only layers of one model are taken")
    _require_known(config, ("merge_method", "dtype", "slices"), source)
    sources = _sources(config.get("slices"), source)
    models = sorted({model for model, _, _ in sources})
    if len(models) > 1:
        raise BadInput(f"{source} takes layers of {' and '.join(models)}; expected one model")
    if "+" in models[0]:  # mergekit's way to name a LoRA
        raise BadInput(
            f"{source} takes layers of {models[0]}, a model with a LoRA; expected a model alone, use --adapter"
        )
    if any(first < end for (_, _, end), (_, first, _) in pairwise(sources)):
        taken = ", ".join(f"[{first}, {end})" for _, first, end in sources[:8])
        raise BadInput(f"{source} takes layers {taken}, some twice or out of order; expected increasing indices")
    kept = tuple(layer for _, first, end in sources for layer in range(first, end))
    return Passthrough(kept, models[0], None if config.get("dtype") is None else str(config["dtype"]))


def _require_known(part: dict[str, Any], known: tuple[str, ...], source: str) -> None:
    """Refuse settings that would be lost.

    Raises:
        BadInput: there is one.
    """
    other = next((name for name in part if name not in known), None)
    if other is not None:
        raise BadInput(
            f"{source} sets {other!r}, and only {', '.join(known)} can be followed here; use mergekit itself"
        )


def _sources(slices: Any, source: str) -> list[tuple[str, int, int]]:  # noqa: ANN401  # whatever the file holds
    """Model, first layer and end of every slice.

    Raises:
        BadInput: the slices are not written as mergekit writes them, or change what they take.
    """
    found = []
    for number, part in enumerate(slices if isinstance(slices, list) and slices else [None]):
        try:
            (only,) = part["sources"]
            model, (first, end) = only["model"], only["layer_range"]
        except (TypeError, KeyError, ValueError):
            model = first = end = None
        # True is an int, and 2.9 would be cut
        whole = type(first) is int and type(end) is int and 0 <= first < end <= DEEPEST
        if not (isinstance(model, str) and model and whole):
            raise BadInput(
                f"{source}: slice {number} is {part!r}, expected sources: [{{model: ..., layer_range: [first, end]}}]"
            )
        _require_known(part, ("sources",), source)
        _require_known(only, ("model", "layer_range"), source)
        found.append((model, first, end))
    return found
