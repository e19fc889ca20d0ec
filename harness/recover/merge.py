"""Folding an adapter into the weights: a measurement of its own, never the way a recovered variant is evaluated."""

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.prune.surgery import share

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def merged(recovered: "LoadedModel") -> "LoadedModel":
    """A recovered variant with its adapter folded into weights of its own; `recovered` is untouched.

    Folded weights are rounded to the base's precision, in bfloat16 to 8 bits of mantissa and on a 4-bit base to 4 bits
    again, which can undo a recovery; that is what the difference between the two evaluations shows.

    Raises:
        BadInput: there is no adapter.
    """
    from peft.tuners.lora import LoraLayer
    from torch import nn

    twin = share(recovered.model)
    found: dict[str, Any] = {name: module for name, module in twin.named_modules() if isinstance(module, LoraLayer)}
    if not found:
        raise BadInput("merging was given a variant without an adapter; recover it with a LoRA recipe first")
    for name, layer in found.items():
        base = layer.get_base_layer()
        if type(base.weight) is nn.Parameter:  # of any layer: merging a 4-bit one makes a new weight by itself
            base._parameters["weight"] = nn.Parameter(base.weight.detach().clone(), requires_grad=False)  # noqa: SLF001
        layer.merged_adapters = []  # the list is the recovered variant's too, and merging adds to it
        with warnings.catch_warnings():
            # rounding is what this measurement is for
            warnings.filterwarnings("ignore", "Merge lora module to 4-bit linear", UserWarning)
            layer.merge()
        twin.set_submodule(name, layer.get_base_layer())
    vars(twin).pop("peft_config", None)
    vars(twin)["_hf_peft_config_loaded"] = False
    return dataclasses.replace(recovered, model=twin, fingerprint=fingerprint(twin))
