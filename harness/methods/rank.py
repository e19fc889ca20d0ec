"""Which layers a method removes: how a name is resolved and asked; its answer is held to the contract (`answer`)."""

import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, get_args

from harness.errors import BadInput
from harness.methods.answer import checked
from harness.methods.dropped import dropped, is_dropped
from harness.methods.foreign import asked, foreign_method
from harness.methods.method import METHODS, Method, Needs, Ranking, Score
from harness.tasks.calibration import Texts

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

ENTRY_POINTS = "harness.methods"
"""Installed packages register methods under this entry-point group."""


def registered() -> dict[str, Method]:
    """Our own methods by name, in order of name."""
    import harness.methods  # noqa: F401  # registers them

    return dict(sorted(METHODS.items()))


def resolve_method(name: str) -> Method:
    """The method behind a registered name, an entry point, `package.module:function`, or `drop:LAYERS`.

    Raises:
        BadInput: there is no such method, or it declares what is unknown.
    """
    ours = registered()
    if name in ours:
        _tell_shadowed(name)
    found = ours[name] if name in ours else _of_others(name, ours)
    for what, said, known in (
        ("needs", found.needs, get_args(Needs)),
        ("calibration", found.calibration, get_args(Texts)),
    ):
        if said not in known:
            raise BadInput(f"--method {name}: declares {what} {said!r}, expected one of {', '.join(known)}")
    _require_count(name, found)
    return found


def _require_count(name: str, method: Method) -> None:
    """Refuse a count of passes that cannot be asked.

    Raises:
        BadInput: it is no function of depth and number of layers, or gives no number of passes.
    """
    expected = "expected a function (depth, n) -> passes over the calibration texts, such as lambda depth, n: depth"
    try:
        count = 0 if method.passes is None else method.passes(12, 3)
    except Exception as error:
        raise BadInput(f"--method {name}: its declared passes cannot be asked ({error}); {expected}") from error
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise BadInput(f"--method {name}: its declared passes are {count!r} of 12 layers less 3; {expected}")


def _of_others(name: str, ours: Mapping[str, Method]) -> Method:
    if is_dropped(name):
        return dropped(name)
    installed = entry_points(group=ENTRY_POINTS)
    mine = {(point.module, point.attr) for point in installed if point.name == name}
    if len(mine) > 1:
        places = " and ".join(sorted(f"{module}:{attribute}" for module, attribute in mine))
        raise BadInput(f"--method {name}: several packages register it, as {places}; name the one that is meant so")
    module, attribute = next(iter(mine)) if mine else name.partition(":")[::2]
    if not (module and attribute):
        known = sorted({*ours, *installed.names})
        near = "".join(f", did you mean {one}?" for one in get_close_matches(name, known, 1, cutoff=0.75))
        raise BadInput(
            f"--method {name or repr(name)}: unknown{near or ';'} use one of {', '.join(known)}, "
            f"package.module:function, or drop:LAYERS such as drop:17-20"
        )
    return foreign_method(name, module, attribute)


@cache
def _tell_shadowed(name: str) -> None:
    """Warn of an installed method that cannot be called by its name, since one of ours has it."""
    for point in entry_points(group=ENTRY_POINTS, name=name):
        warnings.warn(
            f"--method {name} is ours; the one that an installed package registers under this name is "
            f"--method {point.module}:{point.attr}",
            stacklevel=2,
        )


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
    if isinstance(loaded, str):
        raise BadInput(f"rank_layers is given the text {loaded!r} as the model; pass harness.load_model({loaded!r})")
    if type(seed) is not int or seed < 0:
        raise BadInput(f"rank_layers is given the seed {seed!r}; pass a whole number of at least 0")
    if isinstance(calibration, str):
        raise BadInput("rank_layers is given one text as its calibration; pass a list of texts")
    if loaded.depth == 1:
        raise BadInput(f"{loaded.label} has one layer, and at least one must stay; name a deeper model")
    if not 1 <= n < loaded.depth:
        raise BadInput(f"{n} layers are to be removed of {loaded.depth}; expected 1 to {loaded.depth - 1}")
    method = resolve_method(name)
    if method.needs != "nothing":
        require_texts(calibration, loaded)
    if method.needs == "task_scores" and score is None:
        raise BadInput(f"method {name} needs task scores; pass score=, which rates a LayerPlan in [0, 1]")
    given = {"loaded": loaded, "n": n, "calibration": calibration, "seed": seed, "score": score}
    try:
        answer = method.ask(given) if name in METHODS else asked(method, given)
        return checked(answer, name, n, loaded.depth, may_stop_early=method.may_stop_early)
    except BadInput:
        _require_sound(loaded, calibration)
        raise


def _require_sound(loaded: "LoadedModel", texts: Sequence[str]) -> None:
    """Refuse, where a method failed, a model that fails every method.

    Raises:
        BadInput: it computes NaN or infinite logits for the first text.
    """
    import torch

    from harness.models.forward import run
    from harness.score.forward import require_finite
    from harness.text.encode import plain_ids

    for text in texts[:1]:
        with torch.inference_mode():
            require_finite(run(loaded.model, plain_ids(text, loaded.tokenizer)).logits)
