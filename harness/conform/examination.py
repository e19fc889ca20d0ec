"""A method is asked several times under observation; what was seen is judged by `contract.py`."""

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.conform.elsewhere import Elsewhere, ask_elsewhere
from harness.conform.randomness import disturb_global_randomness, kept_randomness
from harness.conform.watch import Seen, paused, watched
from harness.errors import BadInput
from harness.methods.foreign import Crash
from harness.methods.method import Needs, Ranking, Score
from harness.methods.rank import rank_layers, resolve_method
from harness.models.forward import run
from harness.models.passes import counted_calls, counted_passes
from harness.models.state import base_state, differences
from harness.prune.plan import LayerPlan
from harness.score.ledger import resident_peak

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@dataclass(frozen=True)
class Examination:
    """What was seen of a method."""

    method: str
    needs: Needs
    n: int
    depth: int
    error: str | None
    """Why the first call gave no ranking; None where it did."""
    expected_error: bool
    """Whether the error is a sentence for the user (BadInput) and no crash."""
    plans: tuple[LayerPlan, ...]
    """Of the two calls for `n` layers; equal seeds, different global random states."""
    textless_crash: str | None
    """How it crashed without calibration texts; None where it answered or refused in a sentence."""
    changed: tuple[str, ...]
    """Parts of the base model that were not what they had been."""
    seen: Seen
    forward_passes: int
    module_calls: int
    """Of any module of the model, where the method declares that it needs nothing; else 0."""
    backward_passes: int
    seconds: float
    """Of the first call, without what scoring candidates took."""
    sweep_seconds: float
    """What one pass over the calibration texts takes."""
    grown_bytes: int
    """By how much the first call raised the process's peak memory."""
    model_bytes: int
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """What another process told, where one was asked."""

    @property
    def answered_twice(self) -> bool:
        """Whether both calls for `n` layers gave a plan; else most of what is promised was never tried."""
        return len(self.plans) > 1


def examine(
    name: str,
    loaded: "LoadedModel",
    n: int,
    texts: Sequence[str],
    score: Score,
    seed: int = 0,
    data: Sequence[Path] = (),
    *,
    elsewhere: bool = False,
) -> Examination:
    """Ask a method for `n` layers twice, for one layer, and without calibration texts.

    It gets a copy of model and tokenizer, so that a method that breaks it breaks nothing else.

    Args:
        name: of the method.
        loaded: the unpruned model.
        n: how many layers it is asked for.
        texts: calibration texts.
        score: rates a plan on selection items.
        seed: of all calls.
        data: folders of items that the method has no business with.
        elsewhere: whether to ask it once more in a process of its own, which takes seconds.

    Raises:
        BadInput: it is unknown, or cannot be imported.
    """
    original = loaded
    loaded = replace(loaded, model=copy.deepcopy(loaded.model), tokenizer=copy.deepcopy(loaded.tokenizer))
    method = resolve_method(name)  # its module is imported before anything is observed here
    needs = method.needs
    spent = _Spent()
    scores: dict[LayerPlan, float] = {}

    def scored(plan: LayerPlan) -> float:
        begin = time.perf_counter()
        with paused():
            value = score(plan)
        spent.scoring += time.perf_counter() - begin
        scores[plan] = value
        return value

    sweep = _sweep_seconds(loaded, texts)
    before, peak = base_state(loaded), resident_peak()
    kernel = getattr(loaded.model.config, "_attn_implementation", None)
    outcomes: list[Ranking | Exception] = []
    textless: Ranking | Exception | None = None
    with (
        watched(data) as seen,
        kept_randomness(),
        _counted_backward() as backward,
        counted_passes(loaded.model) as passes,
        counted_calls(loaded.model) if needs == "nothing" else nullcontext() as calls,
    ):
        disturb_global_randomness(1)
        begin = time.perf_counter()
        outcomes.append(ask(name, loaded, n, texts, seed, scored))
        seconds = time.perf_counter() - begin - spent.scoring
        counted = passes.count, backward.count, calls.count if calls else 0
        grown = resident_peak() - peak
        disturb_global_randomness(2)
        if isinstance(outcomes[0], Ranking):
            outcomes.append(ask(name, loaded, n, texts, seed, scored))
            outcomes.append(ask(name, loaded, 1, texts, seed, scored))
            textless = ask(name, loaded, n, [], seed, scored)
    if kernel is not None and getattr(loaded.model.config, "_attn_implementation", None) != kernel:
        loaded.model.set_attn_implementation(kernel)  # who asks for attention weights needs another; checks put it back
    changed = tuple(differences(before, base_state(loaded)))
    failed = next((outcome for outcome in outcomes if isinstance(outcome, Exception)), None)
    plans = [outcome.plan for outcome in outcomes[:2] if isinstance(outcome, Ranking)]
    return Examination(
        method=name,
        needs=needs,
        n=n,
        depth=loaded.depth,
        error=None if failed is None else _sentence(failed),
        expected_error=isinstance(failed, BadInput) and not isinstance(failed, Crash),
        plans=tuple(plan for plan in plans if plan is not None),
        textless_crash=_sentence(textless) if isinstance(textless, Exception) and not _is_clear(textless) else None,
        changed=changed,
        seen=seen,
        forward_passes=counted[0],
        backward_passes=counted[1],
        module_calls=counted[2],
        seconds=seconds,
        sweep_seconds=sweep,
        grown_bytes=grown,
        model_bytes=sum(parameter.nbytes for parameter in loaded.model.parameters()),
        elsewhere=(
            ask_elsewhere(
                name, getattr(method.function, "__module__", None) or __name__, original, n, texts, seed, scores, data
            )
            if elsewhere
            else Elsewhere()
        ),
    )


@dataclass
class _Spent:
    scoring: float = 0.0


@dataclass
class _Backward:
    count: int = 0


def ask(
    name: str, loaded: "LoadedModel", n: int, texts: Sequence[str], seed: int, score: Score
) -> "Ranking | Exception":
    """What a method answers, or how it failed."""
    try:
        return rank_layers(name, loaded, n, list(texts), seed, score)
    except Exception as error:  # noqa: BLE001  # a foreign function may fail in any way; the contract says how it may
        return error


def _is_clear(error: Exception) -> bool:
    """BadInput is a sentence of ours; of other packages a ValueError is taken for one."""
    if isinstance(error, Crash):
        return isinstance(error.__cause__, ValueError)
    return isinstance(error, (BadInput, ValueError))


def _sentence(error: Exception) -> str:
    if isinstance(error, Crash):
        return error.what
    return str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"


def _sweep_seconds(loaded: "LoadedModel", texts: Sequence[str]) -> float:
    """Seconds of one forward pass over each text, the first one run once more to warm up."""
    import torch

    from harness.text.encode import plain_ids

    rows = [plain_ids(text, loaded.tokenizer) for text in texts]
    begin = 0.0
    with torch.inference_mode():
        for index, row in enumerate([*rows[:1], *rows]):
            if index == 1 or not rows[1:]:
                begin = time.perf_counter()
            run(loaded.model, row, first=0)
    return time.perf_counter() - begin if rows else 0.0


@contextmanager
def _counted_backward() -> Iterator[_Backward]:
    """Counts calls of torch's two ways to ask for gradients."""
    import torch

    counted, autograd = _Backward(), torch.autograd
    originals = autograd.backward, autograd.grad

    def counting(original: Any) -> Any:  # noqa: ANN401  # torch's own signatures
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            counted.count += 1
            return original(*args, **kwargs)

        return call

    autograd.backward, autograd.grad = (counting(original) for original in originals)
    try:
        yield counted
    finally:
        autograd.backward, autograd.grad = originals
