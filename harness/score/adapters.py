"""Variants that differ in their LoRA adapters alone as one model: each row has its own variant's adapter.

Recoveries of one pruned model (seeds, corpora, budgets) share every weight of it. So a batch may hold rows of all of
them: the shared weights are run on all rows at once, and beside each adapted layer the low-rank products on the rows of
each adapter. The arithmetic of a row is peft's own, in its order and its dtypes, so texts are those of one by one.

B rows, T tokens, D width in, E width out.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.prune.surgery import share
from harness.score.decoders import PaddedDecoder
from harness.score.depth import depth_asserted
from harness.score.forward import pad_id
from harness.score.refill import refills
from harness.score.replay import recorder_of
from harness.score.scorer import Scorer
from harness.score.together import Hand, Together

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.score.recorded import Recorder


class Adapted:
    """Variants as one model, and which adapter the rows that are in it have."""

    groups: "Sequence[tuple[str, torch.Tensor]]" = ()
    """Variants, each with the places of its rows."""

    def __init__(self, models: Mapping[str, "PreTrainedModel"]) -> None:
        """Takes the adapters of every variant; weights are shared.

        Args:
            models: by name; they `differ_in_adapters_only`.
        """
        self.model = share(next(iter(models.values())))
        own = {name: dict(_adapted(model)) for name, model in models.items()}
        for path, layer in _adapted(self.model):
            vars(layer)["forward"] = partial(self._run, layer.base_layer, {name: of[path] for name, of in own.items()})

    def _run(self, base: Any, adapters: Mapping[str, Any], states: "torch.Tensor") -> "torch.Tensor":  # noqa: ANN401
        """What an adapted layer makes of states (B, T, D): (B, T, E)."""
        found: torch.Tensor = base(states)
        for name, rows in self.groups:
            layer = adapters[name]
            (active,) = layer.active_adapters
            down, up = layer.lora_A[active], layer.lora_B[active]
            low = up(down(states.index_select(0, rows).to(down.weight.dtype))) * layer.scaling[active]
            found.index_copy_(0, rows, (found.index_select(0, rows) + low).to(found.dtype))
        return found


class AdaptedDecoder:
    """Prompts of unequal length, each asked of a variant, padded on the left, with a cache."""

    def __init__(self, adapted: Adapted, names: Sequence[str], pad: int, recorder: "Recorder | None" = None) -> None:
        """Nothing is read yet; `names` are of the rows' variants, `recorder` as of a `PaddedDecoder`."""
        self.adapted, self.padded = adapted, PaddedDecoder(adapted.model, pad, recorder)
        self._have(names)

    def _have(self, names: Sequence[str]) -> None:
        import torch

        self.names, device = list(names), self.adapted.model.device
        places = {name: [at for at, whose in enumerate(names) if whose == name] for name in dict.fromkeys(names)}
        self.groups = [(name, torch.tensor(rows, device=device)) for name, rows in places.items()]

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the rows (B, V)."""
        self.adapted.groups = self.groups
        return self.padded.start(prompts)

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch."""
        self._have([self.names[row] for row in rows.tolist()])
        self.padded.keep(rows)

    def join(self, other: "AdaptedDecoder") -> None:
        """Take in the rows of another batch of the same variants, behind those that are there."""
        self._have([*self.names, *other.names])
        self.padded.join(other.padded)

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""
        self.adapted.groups = self.groups
        return self.padded.step(tokens)


def adapted_together(scorers: Mapping[str, Scorer]) -> Together | None:
    """Scorers of variants, by name, as one that writes; None where their rows cannot be one batch."""
    models = {name: scorer.model for name, scorer in scorers.items()}
    base, *others = scorers.values()
    if not others or not differ_in_adapters_only(list(models.values())) or not refills(base.model):
        return None
    adapted, pad = Adapted(models), pad_id(base.model, base.tokenizer)
    recorder = recorder_of(base.model)

    def hand() -> Hand:
        def writer(names: Sequence[Any]) -> AdaptedDecoder:
            return AdaptedDecoder(adapted, names, pad, recorder)

        return Hand(writer, lambda: depth_asserted(adapted.model, base.ledger))

    every: dict[Any, Scorer] = {**scorers}
    return Together(base, every, hand, base.desk.generation_budget)


def differ_in_adapters_only(models: Sequence["PreTrainedModel"]) -> bool:
    """Whether models are one but for the values of plain LoRA adapters on unquantised linear layers.

    DoRA, adapters that are folded in, switched off or several at once, and weights that were trained in place are not.
    """
    weights = [_weights(model) for model in models]
    adapted = [dict(_adapted(model)) for model in models]
    return (
        all(adapted)
        and all(own == weights[0] for own in weights)
        and all(own.keys() == adapted[0].keys() for own in adapted)
        and all(_is_plain(layer) for own in adapted for layer in own.values())
    )


def _adapted(model: "PreTrainedModel") -> Iterator[tuple[str, Any]]:
    """Layers that have an adapter, by path."""
    if not getattr(model, "peft_config", None):
        return
    from peft.tuners.lora import LoraLayer

    yield from ((path, module) for path, module in model.named_modules() if isinstance(module, LoraLayer))


def _weights(model: "PreTrainedModel") -> dict[str, int]:
    """Tensors that are no adapter's: name -> which one it is."""
    tensors = (*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False))
    return {name: id(tensor) for name, tensor in tensors if ".lora_" not in name}


def _is_plain(layer: Any) -> bool:  # noqa: ANN401  # peft's
    from peft.tuners.lora import Linear
    from torch import nn

    active = [name for name in layer.active_adapters if name in layer.lora_A]
    return (
        type(layer) is Linear
        and type(layer.base_layer) is nn.Linear
        and not (layer.merged or layer.disable_adapters or layer.training)
        and len(active) == len(layer.active_adapters) == 1
        and not getattr(layer, "lora_variant", {}).get(active[0])
    )
