"""What a pruning method removes: a registry of methods, and the contract every method is held to."""

import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Literal, get_args

from harness.errors import BadInput
from harness.methods.foreign import asked, foreign_method
from harness.prune.plan import UNITS_PER_LAYER, LayerPlan, layer_index
from harness.tasks.calibration import Texts

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

ENTRY_POINTS = "harness.methods"
"""Installed packages register methods under this entry-point group."""

Needs = Literal["nothing", "forward", "gradients", "task_scores"]
"""What a method asks of the model: nothing, forward passes on the calibration texts, gradients of their loss, or scores
of candidate plans on the selection items of the tier's tasks."""


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


Score = Callable[[LayerPlan], float]
"""The mean score of a plan on the selection items, in [0, 1]; the items are in no test set."""
Method = Callable[..., "Sequence[int] | Ranking | LayerPlan"]
"""`(loaded, n, calibration, seed)`, and `score` as a fifth argument where it needs "task_scores"."""
PassCount = Callable[[int, int], int]
"""(depth, layers to remove) -> passes over the calibration texts."""
METHODS: dict[str, Method] = {}


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
) -> Callable[[Method], Method]:
    """Register a method under a name.

    Args:
        name: what `--method` calls it.
        needs: what it asks of the model.
        may_stop_early: whether it may remove fewer layers than it is asked for.
        passes: what it costs, where that is known before; `python -m harness rank` estimates its time by it.
        calibration: what its source calibrates on.
    """

    def register(function: Method) -> Method:
        marked = declare(needs, may_stop_early=may_stop_early, passes=passes, calibration=calibration)
        METHODS[name] = marked(function)
        return function

    return register


def declare(
    needs: Needs = "forward",
    *,
    may_stop_early: bool = False,
    passes: PassCount | None = None,
    calibration: Texts = "running",
) -> Callable[[Method], Method]:
    """Say what a method needs, without registering it: for methods of other packages. Arguments as of `method`."""

    def mark(function: Any) -> Any:  # noqa: ANN401  # a function object takes attributes, its type does not say so
        function.needs, function.may_stop_early, function.passes = needs, may_stop_early, passes
        function.calibration = calibration
        return function

    return mark


def needs_of(name: str) -> Needs:
    """What a method declares; forward passes where it declares nothing.

    Raises:
        BadInput: it is unknown, or declares something else.
    """
    declared: Needs = _declared(name, "needs", "forward", get_args(Needs))
    return declared


def texts_for(name: str) -> Texts:
    """The texts that a method declares; running text where it declares nothing.

    Raises:
        BadInput: it is unknown, or declares something else.
    """
    declared: Texts = _declared(name, "calibration", "running", get_args(Texts))
    return declared


def _declared(name: str, what: str, default: str, known: Sequence[str]) -> Any:  # noqa: ANN401  # one of `known`
    declared = getattr(resolve_method(name), what, default)
    if declared not in known:
        raise BadInput(f"--method {name}: declares {what} {declared!r}, expected one of {', '.join(known)}")
    return declared


def passes_of(name: str, depth: int, n: int) -> int | None:
    """PassCount over the calibration texts that a method declares; None where it does not.

    Raises:
        BadInput: it is unknown.
    """
    declared: PassCount | None = getattr(resolve_method(name), "passes", None)
    return None if declared is None else declared(depth, n)


def registered() -> dict[str, Method]:
    """Our own methods by name, in order of name."""
    import harness.methods  # noqa: F401  # registers them

    return dict(sorted(METHODS.items()))


def resolve_method(name: str) -> Method:
    """The function behind a registered name, an installed package's entry point, or `package.module:function`.

    Raises:
        BadInput: there is no such method.
    """
    ours = registered()
    if name in ours:
        return ours[name]
    installed = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
    written = installed.get(name, name)
    module, _, attribute = written.partition(":")
    if not (module and attribute):
        known = ", ".join(sorted({*ours, *installed}))
        raise BadInput(f"--method {name}: unknown; use one of {known}, or package.module:function")
    return foreign_method(name, module, attribute)


def require_texts(texts: Sequence[str], loaded: "LoadedModel") -> None:
    """Refuse calibration texts that a model cannot be shown.

    Raises:
        BadInput: one has no tokens, or more than the model's input.
    """
    from harness.text.encode import plain_ids, room_of

    room = room_of(loaded.model)
    for place, text in enumerate(texts):
        tokens = len(plain_ids(text, loaded.tokenizer))
        if tokens == 0 or (room is not None and tokens > room):
            what = "no tokens" if tokens == 0 else f"{tokens} tokens, and the model takes {room}"
            raise BadInput(
                f"calibration text {place} of {len(texts)} ({text[:40]!r}) has {what}; give texts of at least one "
                f"token that fit"
            )


def rank_layers(
    name: str,
    loaded: "LoadedModel",
    n: int,
    calibration: Sequence[str],
    seed: int = 0,
    score: Score | None = None,
) -> Ranking:
    """The `n` layers that a method removes, or a plan that removes as much.

    Args:
        name: registered name, or `package.module:function`.
        loaded: the unpruned model.
        n: how many layers to remove; a method that removes attention and MLP units removes 2n of them.
        calibration: texts the method may look at.
        seed: for methods that draw.
        score: rates a plan, for methods that need task scores.

    Returns:
        The ranking, its `plan` filled.

    Raises:
        BadInput: the method is unknown, needs scores that are not given, or broke its contract; or a text has no tokens
            or does not fit the model's input.
    """
    if loaded.depth == 1:
        raise BadInput(f"{loaded.label} has one layer, and at least one must stay; name a deeper model")
    if not 1 <= n < loaded.depth:
        raise BadInput(f"{n} layers are to be removed of {loaded.depth}; expected 1 to {loaded.depth - 1}")
    function = resolve_method(name)
    if needs_of(name) != "nothing":
        require_texts(calibration, loaded)
    given: list[Any] = [loaded, n, calibration, seed]
    if needs_of(name) == "task_scores":
        if score is None:
            raise BadInput(f"method {name} needs task scores; pass score=, which rates a LayerPlan in [0, 1]")
        given.append(score)
    early = bool(getattr(function, "may_stop_early", False))
    answer = function(*given) if name in METHODS else asked(name, function, given)
    return _checked(answer, name, n, loaded.depth, may_stop_early=early)


def _checked(answer: object, name: str, n: int, depth: int, *, may_stop_early: bool) -> Ranking:
    """The answer as a ranking with its plan.

    Raises:
        BadInput: it is none, or removes another number of layers.
    """
    if isinstance(answer, LayerPlan):
        answer = Ranking(answer.removed, None, name, answer)
    if isinstance(answer, Ranking) and answer.plan is not None:
        return _checked_plan(answer, answer.plan, n, depth, may_stop_early=may_stop_early)
    try:
        layers = _indices(answer.layers if isinstance(answer, Ranking) else answer)
    except (TypeError, BadInput):
        said = " ".join(reprlib.repr(answer).split())
        raise BadInput(f"method {name} returned {said}, expected {n} layer indices, a Ranking or a LayerPlan") from None
    ranking = replace(answer, layers=layers) if isinstance(answer, Ranking) else Ranking(layers, None, name)
    if len(ranking.layers) != n and not (may_stop_early and len(ranking.layers) < n):
        raise BadInput(f"method {name} returned {len(ranking.layers)} layers {list(ranking.layers)}, expected {n}")
    if len(set(ranking.layers)) != len(ranking.layers):
        raise BadInput(f"method {name} returned a layer twice: {list(ranking.layers)}")
    if not all(0 <= layer < depth for layer in ranking.layers):
        raise BadInput(f"method {name} returned {list(ranking.layers)}, expected indices from 0 to {depth - 1}")
    return replace(ranking, plan=LayerPlan.without(ranking.layers, depth))


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
