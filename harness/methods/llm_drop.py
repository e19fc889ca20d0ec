"""LLM-Drop: attention and MLP units that hardly turn the stream go (2406.15786; CASE-Lab-UMD/LLM-Drop @ 28b5dd1).

A unit's similarity is E cos(x, x + f(x)) over all tokens of all texts, with x the stream that enters it and f(x) what
it adds (`layer_drop.py`, with the norm before a unit counted as its part, as in the published runs). The 2n most
similar units go, since a layer is two of them: `llm_drop_attention` and `llm_drop_mlp` rank units of one kind,
`llm_drop` both together. All are measured once, on the unpruned model, in one pass over the texts (published: 256 of
C4). Of equal similarities attentions go first, of those the shallower. The trace gives 1 - similarity of what goes.

So n layers of `llm_drop_attention` are the attentions of 2n layers: a quarter of the layers is half of the attentions.
Where a norm stands behind a unit (Gemma-2, GLM-4, OLMo-2), what that norm makes of it is what is added (the released
code takes what the unit returns). Units whose output is changed otherwise (by a factor in Granite) are refused.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.methods.method import Ranking, method, once
from harness.models.forward import run
from harness.models.hooks import hooked, noting, passing, stream_in
from harness.models.structure import decoder_layers
from harness.prune.compensation import POST_NORMS
from harness.prune.plan import UNITS, UNITS_PER_LAYER, LayerPlan, Unit
from harness.prune.units import unit_names
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.utils.hooks import RemovableHandle

    from harness.models.load import LoadedModel

MOST_OFF = 0.02  # of the largest state: rounding in bfloat16


def unit_distances(loaded: "LoadedModel", texts: Sequence[str]) -> dict[tuple[int, Unit], float]:
    """1 - E cos(x, x + f(x)) of every attention and MLP, attentions first.

    Raises:
        BadInput: there are no texts, units cannot be told apart, or are not simply added to the stream.
    """
    import torch

    if not texts:
        raise BadInput("llm_drop was given no calibration texts; it needs at least one")
    stack, added = decoder_layers(loaded.model).modules, dict[tuple[int, Unit], torch.Tensor]()
    given, parallel = dict[int, torch.Tensor](), dict[int, bool]()
    total = {(layer, unit): 0.0 for unit in UNITS for layer in range(len(stack))}
    tokens = 0

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        changes = {unit: added[layer, unit].reshape(entering.shape) for unit in UNITS}
        between = entering + changes["attn"]
        off = (between + changes["mlp"] - leaving).float().abs().max()
        if not float(off) <= MOST_OFF * float(leaving.float().abs().max()):
            raise BadInput(
                f"llm_drop compares the stream with what a unit adds to it, and {type(stack[layer]).__name__} does not "
                f"simply add what its attention and MLP return; choose a method that removes whole layers"
            )
        if layer not in parallel:
            parallel[layer] = _parallel(stack[layer], given[layer], entering, between)
        streams = {"attn": entering, "mlp": entering if parallel[layer] else between}
        for unit, change in changes.items():
            state = streams[unit][0].float()
            turned = torch.nn.functional.cosine_similarity(state, state + change[0].float(), dim=-1)
            total[layer, unit] += float((1 - turned).sum())

    with torch.inference_mode(), hooked(*_watched(stack, added, given)), passing(loaded.model, see):
        for text in texts:
            ids = plain_ids(text, loaded.tokenizer)
            run(loaded.model, ids)
            tokens += len(ids)
    return {at: value / tokens for at, value in total.items()}


def _watched(
    stack: "nn.ModuleList", added: "dict[tuple[int, Unit], torch.Tensor]", given: "dict[int, torch.Tensor]"
) -> "list[RemovableHandle]":
    """Hooks that note what each unit adds, and what each MLP is given."""

    def read(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            given[layer] = stream_in(args, kwargs)

        return hook

    adders = [(index, unit, layer.get_submodule(name)) for index, layer in enumerate(stack)
              for unit, name in _adders(layer).items()]  # fmt: skip
    mlps = [layer.get_submodule(unit_names(layer)["mlp"]) for layer in stack]
    return [
        *(module.register_forward_hook(noting(added, (index, unit))) for index, unit, module in adders),
        *(module.register_forward_pre_hook(read(index), with_kwargs=True) for index, module in enumerate(mlps)),
    ]


def _adders(layer: "nn.Module") -> dict[Unit, str]:
    """Names of the children whose outputs are added to the stream."""
    children, units = dict(layer.named_children()), unit_names(layer)
    behind = next((names for names in POST_NORMS if names[1] in children), None)
    return units if behind is None else {"attn": behind[0], "mlp": behind[1]}


def _parallel(layer: "nn.Module", given: "torch.Tensor", entering: "torch.Tensor", after: "torch.Tensor") -> bool:
    """Whether the MLP was given what enters the layer, and not what leaves the attention: normalised, or as it is.

    Raises:
        BadInput: it was given neither.
    """
    import torch

    units = {*unit_names(layer).values(), *_adders(layer).values()}
    norms = [child for name, child in layer.named_children() if name not in units]

    def reads(stream: "torch.Tensor") -> bool:
        read = (stream, *(norm(stream) for norm in norms))
        return any(torch.allclose(one.reshape(given.shape), given, rtol=MOST_OFF, atol=1e-6) for one in read)

    if reads(after):
        return False
    if reads(entering):
        return True
    raise BadInput(
        f"llm_drop compares the stream with what a unit adds to it, and the MLP of {type(layer).__name__} reads "
        f"neither what enters the layer nor what leaves its attention; choose a method that removes whole layers"
    )


def _ranking(loaded: "LoadedModel", n: int, texts: Sequence[str], name: str, kinds: Sequence[Unit]) -> Ranking:
    """The units of some kinds that are nearest to doing nothing."""
    count = UNITS_PER_LAYER * n
    if count > len(kinds) * loaded.depth:
        raise BadInput(
            f"{name} removes units of one kind, and of {loaded.depth} layers no {count} can go; use llm_drop, or "
            f"remove fewer"
        )
    distances = {at: distance for at, distance in unit_distances(loaded, texts).items() if at[1] in kinds}
    gone = sorted(distances, key=distances.__getitem__)[:count]  # of equal ones the first
    trace = tuple((f"{unit}{layer}", distances[layer, unit]) for layer, unit in gone)
    plan = LayerPlan.without_units(gone, loaded.depth)
    scores = tuple(distances.values()) if len(kinds) == 1 else None
    return Ranking(plan.removed, scores, name, plan, trace)


@method("llm_drop", passes=once)
def llm_drop(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove attentions and MLPs, whichever turn the stream least."""
    return _ranking(loaded, n, calibration, "llm_drop", UNITS)


@method("llm_drop_attention", passes=once)
def llm_drop_attention(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the attentions that turn the stream least."""
    return _ranking(loaded, n, calibration, "llm_drop_attention", ("attn",))


@method("llm_drop_mlp", passes=once)
def llm_drop_mlp(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the MLPs that turn the stream least."""
    return _ranking(loaded, n, calibration, "llm_drop_mlp", ("mlp",))
