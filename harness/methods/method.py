"""A method as a value: the function that chooses layers, and what it says of itself."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.tasks.calibration import Texts

Needs = Literal["nothing", "forward", "gradients", "task_scores"]
"""What a method asks of the model: nothing, forward passes on the calibration texts, gradients of their loss, or scores
of candidate plans on the selection items of the tier's tasks."""
Score = Callable[[LayerPlan], float]
"""The mean score of a plan on the selection items, in [0, 1]; the items are in no test set."""
Bounds = Callable[[Sequence[LayerPlan], int], Sequence[float]]
"""What several plans score at most once so many parts of the items were asked of each; exactly, once all were."""
PassCount = Callable[[int, int], int]
"""(depth, layers to remove) -> passes over the calibration texts."""
ARGUMENTS = ("loaded", "n", "calibration", "seed")
"""What a method may take, by name or in this order; `score` as well where it declares needs "task_scores"."""


SIGNATURE = (
    "a function of some of loaded, n, calibration, seed (called so), or of four arguments in this order; and score "
    "where it declares needs 'task_scores'"
)


@dataclass(frozen=True)
class PartScore:
    """A `Score` that can be had part by part, for searches that drop a plan which can no longer win."""

    whole: Score
    bounds: Bounds
    parts: int
    """That make up all items."""

    def __call__(self, plan: LayerPlan) -> float:
        """The score, of all items."""
        return self.whole(plan)


@dataclass(frozen=True)
class Ranking:
    """What a method decided."""

    layers: tuple[int, ...]
    """Layers to remove, the first to go first; exactly as many as were asked for."""
    scores: tuple[float, ...] | None
    """Per layer of the model, low goes first; None where the method scores nothing."""
    method: str
    plan: LayerPlan | None = None
    """What a plan that does more than remove layers does; `rank_layers` always fills it."""
    trace: tuple[tuple[str, float], ...] = ()
    """What a search went through: (plan as text, its score), in order."""


Chooses = Callable[..., "Sequence[int] | Ranking | LayerPlan"]
"""Takes some of ARGUMENTS by name, or all of them in order."""


@dataclass(frozen=True)
class Method:
    """Who chooses layers."""

    name: str
    """What `--method` calls it."""
    function: Chooses
    needs: Needs = "forward"
    """What it asks of the model."""
    may_stop_early: bool = False
    """Whether it may remove fewer layers than it is asked for."""
    passes: PassCount | None = None
    """What it costs, where that is known before; `python -m harness rank` estimates its time by it."""
    calibration: Texts = "running"
    """What its source calibrates on."""

    def __post_init__(self) -> None:
        """Refuse what could not be asked.

        Raises:
            BadInput: there is no function, or it is unclear whether it may stop early.
        """
        if not callable(self.function):
            raise BadInput(f"method {self.name!r} has {self.function!r} for a function; expected {SIGNATURE}")
        if not isinstance(self.may_stop_early, bool):
            raise BadInput(f"method {self.name!r}: may_stop_early is {self.may_stop_early!r}; expected True or False")

    @property
    def takes(self) -> tuple[str, ...]:
        """The names of what it may be given."""
        return (*ARGUMENTS, "score") if self.needs == "task_scores" else ARGUMENTS

    def __call__(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401  # as its function is called
        """Ask the function itself: a declared one stays a function to its own tests."""
        return self.function(*given, **named)

    def ask(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  # whatever a foreign method returns
        """What it answers to what it `takes`: by name where all of its parameters are called so, in order otherwise."""
        mine = {name: given[name] for name in self.takes}
        named = _named(self.function, self.takes)
        return self.function(*mine.values()) if named is None else self.function(**{name: mine[name] for name in named})


METHODS: dict[str, Method] = {}


def _named(function: Chooses, known: Sequence[str]) -> tuple[str, ...] | None:
    """The parameters of a function that takes nothing but arguments of these names; None of any other one."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # C code may not tell
        return None
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    fits = all(name in known and one.kind in by_name for name, one in parameters.items())
    return tuple(parameters) if parameters and fits else None


def signature_error(method: Method) -> str | None:
    """Why a method cannot be called; None where it can, or where that cannot be told."""
    if _named(method.function, method.takes) is not None:
        return None
    try:
        signature = inspect.signature(method.function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*method.takes)
    except TypeError as error:
        return f"takes {signature}, and is given ({', '.join(method.takes)}) ({error})"
    for given, own in zip(method.takes, signature.parameters, strict=False):
        if own != given and own in method.takes:
            return f"takes {signature}, and is given ({', '.join(method.takes)}) (so {own!r} would be given {given})"
    return None


def once(depth: int, n: int) -> int:  # noqa: ARG001  # the signature of PassCount
    """The cost of a method that looks at every text once."""
    return 1


def each(depth: int, n: int) -> int:  # noqa: ARG001  # the signature of PassCount
    """Passes per text of a method that scores the model and every single-layer removal: depth + 1."""
    return depth + 1


def method(
    name: str,
    needs: Needs = "forward",
    *,
    may_stop_early: bool = False,
    passes: PassCount | None = None,
    calibration: Texts = "running",
) -> Callable[[Chooses], Chooses]:
    """Register a method under a name; what else it says is as of `Method`."""

    def register(function: Chooses) -> Chooses:
        METHODS[name] = Method(name, function, needs, may_stop_early, passes, calibration)
        return function

    return register


def declare(
    needs: Needs = "forward",
    *,
    may_stop_early: bool = False,
    passes: PassCount | None = None,
    calibration: Texts = "running",
) -> Callable[[Chooses], Method]:
    """Say what a method of another package needs, without registering it; what else it says is as of `Method`.

    Raises:
        BadInput: it was written without brackets.
    """
    if callable(needs):
        raise BadInput("declare was given a function; write brackets: @harness.declare() above it, or declare(needs)")

    def mark(function: Chooses) -> Method:
        name = getattr(function, "__name__", type(function).__name__)
        return Method(name, function, needs, may_stop_early, passes, calibration)

    return mark
