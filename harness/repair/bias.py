"""A bias in the missing layers' place: the mean of what they added, the same for every token.

The additive emulator of "A Deeper Look at Depth Pruning" (2407.16286): b = E [h_end - h_first] over all tokens of the
unpruned model, added to what the MLP before the cut writes. It stands in that matrix as its bias. A family whose MLPs
have none can be given some where its config knows `mlp_bias` (Llama, Granite): all of them then have one, zero away
from the cuts, and the result is an ordinary model. In others (Qwen2, Mistral) it lives in memory only, and saving it is
refused.
"""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.models.spread import beside
from harness.models.structure import decoder_layers
from harness.prune.saving import guard_change
from harness.prune.surgery import replace_config, share
from harness.repair.cuts import at_cuts, require_texts, writers_before
from harness.repair.repair import FOLDED, repair

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel


@repair("bias", place=FOLDED)
def bias(variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> "PreTrainedModel":
    """Add at each cut what the missing layers added on average."""
    import torch

    require_texts(texts, "bias")
    twin = share(variant)
    found, tokens = writers_before(twin, base, "bias"), sum(map(len, texts))
    total = {cut: torch.zeros(1, dtype=torch.float64, device=base.device) for cut, _, _ in found}
    for seen in at_cuts(base, [(cut, theirs) for cut, _, theirs in found], texts):
        for cut, at in seen.items():
            total[cut] = total[cut] + (at.leaving - at.entering).sum(dim=0)
    if any(writer.bias is None for _, writer, _ in found):
        _make_room(twin, variant.config)
    for cut, writer, _ in found:
        old: torch.Tensor | None = writer.bias
        mean = beside(total[cut] / tokens, writer.weight)
        _set_bias(writer, mean if old is None else old.double() + mean)
    guard_change(twin)
    return twin


def _make_room(model: "PreTrainedModel", old: Any) -> None:  # noqa: ANN401  # one config class a family
    """Give every MLP biases of zero, and say so in the config, where the family knows such MLPs."""
    import torch

    config = copy.deepcopy(old)
    if getattr(config.get_text_config(), "mlp_bias", None) is not False:
        return
    config.get_text_config().mlp_bias = True
    replace_config(model, old, config)
    for layer in decoder_layers(model).modules:
        for part in layer.get_submodule("mlp").modules():
            if isinstance(part, torch.nn.Linear) and part.bias is None:
                _set_bias(part, torch.zeros(part.out_features, device=part.weight.device))


def _set_bias(linear: "nn.Linear", value: "torch.Tensor") -> None:
    from torch import nn

    linear._parameters["bias"] = nn.Parameter(value.to(linear.weight.dtype), requires_grad=False)  # noqa: SLF001
