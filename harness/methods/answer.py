"""What a method may answer: the contract that every answer is held to. Pure."""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.errors import BadInput
from harness.methods.method import Ranking
from harness.prune.plan import UNITS_PER_LAYER, LayerPlan, layer_index


def checked(answer: object, name: str, n: int, depth: int, *, may_stop_early: bool) -> Ranking:
    """The answer as a ranking with its plan.

    Raises:
        BadInput: it is none, or removes another number of layers.
    """
    if isinstance(answer, LayerPlan):
        answer = Ranking(answer.removed, None, name, answer)
    if isinstance(answer, Ranking) and answer.plan is not None:
        _require_report(answer, name, depth)
        return _checked_plan(answer, answer.plan, n, depth, may_stop_early=may_stop_early)
    try:
        layers = _indices(answer.layers if isinstance(answer, Ranking) else answer)
    except (TypeError, BadInput):
        said = " ".join(reprlib.repr(answer).split())
        raise BadInput(f"method {name} returned {said}, expected {n} layer indices, a Ranking or a LayerPlan") from None
    ranking = replace(answer, layers=layers) if isinstance(answer, Ranking) else Ranking(layers, None, name)
    _require_report(ranking, name, depth)
    if len(ranking.layers) != n and not (may_stop_early and len(ranking.layers) < n):
        raise BadInput(f"method {name} returned {len(ranking.layers)} layers {list(ranking.layers)}, expected {n}")
    if len(set(ranking.layers)) != len(ranking.layers):
        raise BadInput(f"method {name} returned a layer twice: {list(ranking.layers)}")
    if not all(0 <= layer < depth for layer in ranking.layers):
        raise BadInput(f"method {name} returned {list(ranking.layers)}, expected indices from 0 to {depth - 1}")
    return replace(ranking, plan=LayerPlan.without(ranking.layers, depth))


def _require_report(ranking: Ranking, name: str, depth: int) -> None:
    """Refuse what a ranking tells beside its layers, where it cannot be shown.

    Raises:
        BadInput: its scores are not one number a layer, its steps no texts with a number, or its method no name.
    """
    if not isinstance(ranking.method, str):
        raise BadInput(f"method {name} returned a Ranking of method {reprlib.repr(ranking.method)}; expected a text")
    if ranking.scores is not None and len(_numbers(ranking.scores)) != depth:
        raise BadInput(
            f"method {name} returned a Ranking with scores {reprlib.repr(ranking.scores)}; expected {depth} numbers, "
            f"one for each layer of the model, or None"
        )
    steps = [step for step in ranking.trace if isinstance(step, tuple) and isinstance(step[0], str)]
    if len(_numbers([step[-1] for step in steps])) != len(ranking.trace):
        raise BadInput(
            f"method {name} returned a Ranking with the trace {reprlib.repr(ranking.trace)}; expected pairs of a plan "
            f"as text and its score"
        )


def _numbers(values: Any) -> list[float]:  # noqa: ANN401  # whatever a foreign method returned
    """Numbers as Python's own; none where one is none."""
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        return []
    return [] if any(map(math.isnan, numbers)) else numbers


def _indices(answer: Any) -> tuple[int, ...]:  # noqa: ANN401  # whatever a foreign method returned
    if isinstance(answer, (Mapping, str, bytes)):  # they can be iterated over, and name no layers
        raise TypeError
    return tuple(map(layer_index, answer))


def _checked_plan(ranking: Ranking, plan: LayerPlan, n: int, depth: int, *, may_stop_early: bool) -> Ranking:
    if plan.depth != depth:
        raise BadInput(f"method {ranking.method} returned a plan for {plan.depth} layers, expected {depth}")
    budget = UNITS_PER_LAYER * n
    if plan.units_removed != budget and not (may_stop_early and plan.units_removed < budget):
        raise BadInput(
            f"method {ranking.method} returned a plan that removes {plan.units_removed} attention and MLP units "
            f"({plan.describe()}), expected {budget}: two for each of {n} layers"
        )
    return ranking
