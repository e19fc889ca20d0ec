"""Which layers a pruning method removes: a registry of methods, and the contract every method is held to."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@dataclass(frozen=True)
class Ranking:
    """What a method decided."""

    layers: tuple[int, ...]
    """Layers to remove, the first to go first; exactly as many as were asked for."""
    scores: tuple[float, ...] | None
    """Per layer of the model, low goes first; None where the method scores nothing."""
    method: str


Method = Callable[["LoadedModel", int, Sequence[str], int], "Sequence[int] | Ranking"]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a function `(loaded, n, calibration, seed) -> layers or Ranking` under a name."""

    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register


def resolve_method(name: str) -> Method:
    """The function behind a registered name or `package.module:function`.

    Raises:
        BadInput: there is no such method.
    """
    import harness.prune.methods  # noqa: F401  # registers ours

    if name in METHODS:
        return METHODS[name]
    module, _, attribute = name.partition(":")
    if not (module and attribute):
        raise BadInput(f"--method {name}: unknown; use one of {', '.join(sorted(METHODS))}, or package.module:function")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, SyntaxError) as error:
        raise BadInput(f"--method {name}: cannot be imported ({error}); expected package.module:function") from error
    if not callable(found):
        raise BadInput(
            f"--method {name}: is {type(found).__name__}, expected a function (loaded, n, calibration, seed)"
        )
    chosen: Method = found
    return chosen


def rank_layers(name: str, loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int = 0) -> Ranking:
    """The `n` layers that a method removes.

    Args:
        name: registered name, or `package.module:function`.
        loaded: the unpruned model.
        n: how many layers to remove.
        calibration: texts the method may look at.
        seed: for methods that draw.

    Raises:
        BadInput: the method is unknown, or broke its contract.
    """
    if not 1 <= n < loaded.depth:
        raise BadInput(f"{n} layers are to be removed of {loaded.depth}; expected 1 to {loaded.depth - 1}")
    answer = resolve_method(name)(loaded, n, calibration, seed)
    try:
        ranking = answer if isinstance(answer, Ranking) else Ranking(tuple(map(operator.index, answer)), None, name)
    except TypeError:
        raise BadInput(f"method {name} returned {answer!r}, expected {n} layer indices or a Ranking") from None
    if len(ranking.layers) != n:
        raise BadInput(f"method {name} returned {len(ranking.layers)} layers {list(ranking.layers)}, expected {n}")
    if len(set(ranking.layers)) != n:
        raise BadInput(f"method {name} returned a layer twice: {list(ranking.layers)}")
    if not all(0 <= layer < loaded.depth for layer in ranking.layers):
        raise BadInput(f"method {name} returned {list(ranking.layers)}, expected indices from 0 to {loaded.depth - 1}")
    return ranking
