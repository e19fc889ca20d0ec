"""Which parameters a recipe trains. Every arm works on a twin: the variant and the base keep their weights.

What is trained is float32, whatever the model is: bfloat16 has 8 bits, so that a step of 1e-5 on a weight of .02 would
round away and training would do nothing, without a word.
"""

import copy
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.plain import require_plain
from harness.models.structure import decoder_layers, text_config
from harness.prune.surgery import replace_config, share
from harness.recover.memory import require_memory
from harness.recover.one_layer import layers_before_cuts
from harness.recover.recipe import Recipe
from harness.versions import require_extra

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

LAST_LAYERS = 3  # Lu et al. (2411.15558): final norm, lm_head and the last three layers


def trainable(
    model: "PreTrainedModel", recipe: Recipe, seed: int, base: "PreTrainedModel | None" = None
) -> "PreTrainedModel":
    """A twin of `model` in which exactly the recipe's parameters require gradients; `seed` draws an adapter's weights.

    Args:
        model: a pruned model.
        recipe: how it is trained.
        seed: of what is drawn.
        base: the unpruned model, for a recipe that trains what stands where its layers are missing.

    Raises:
        BadInput: the recipe trains nothing, or the model has not the parts it trains, or cannot be trained so
            (`require_trainable`).
    """
    import torch

    require_trainable(model, recipe)
    twin = share(model)
    torch.manual_seed(seed)
    if recipe.on_four_bits:
        to_nf4(twin)
    if recipe.has_adapter:
        _add_adapter(twin, recipe)
    elif recipe.trains == "last-layers":
        _own_last_layers(twin)
    elif recipe.trains == "full":
        _own(twin)
    elif recipe.trains == "one-layer" and base is not None:
        for place in layers_before_cuts(twin, base).values():
            _own(decoder_layers(twin).modules[place])
    else:
        raise BadInput(f"recipe {recipe.name} trains nothing ({recipe.trains}); it is applied, not trained")
    for parameter in twin.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return twin


def require_trainable(model: "PreTrainedModel", recipe: Recipe, ratio: float | None = None) -> None:
    """Refuse a model that a recipe cannot train; asked before anything is spent on a recovery.

    Args:
        model: what is trained, or the unpruned model of it.
        recipe: how.
        ratio: share of its layers that will be removed before, at least; None: it is as it is trained.

    Raises:
        BadInput: it is float16, or its weights are to be trained and are quantised, or too many for the machine.
    """
    import torch

    if not recipe.has_training:
        return
    if model.dtype == torch.float16:
        raise BadInput(
            f"recipe {recipe.name} was given a float16 model, whose gradients overflow; use --dtype float32 or bfloat16"
        )
    if recipe.in_place:
        require_plain(model, f"recipe {recipe.name} trains them in place")
    if recipe.trains == "full":
        require_memory(model, recipe, ratio)


def state(model: "PreTrainedModel") -> "dict[str, torch.Tensor]":
    """Copies of the trained parameters, by name, in the machine's own memory: a GPU's is full while it trains."""
    return {name: p.detach().to("cpu", copy=True) for name, p in model.named_parameters() if p.requires_grad}


def load_state(twin: "PreTrainedModel", values: "dict[str, torch.Tensor]", model: "PreTrainedModel") -> None:
    """Put trained parameters into a twin that `trainable` made of `model`, which is then ready to be evaluated.

    Weights that were trained in place get the dtype that they have in `model`; an adapter stays float32, as peft runs
    it.

    Raises:
        BadInput: they belong to another twin.
    """
    import torch

    wanted = {name: p for name, p in twin.named_parameters() if p.requires_grad}
    if wanted.keys() != values.keys():
        raise BadInput(
            f"{len(values)} stored parameters do not fit the {len(wanted)} that the recipe trains; recover anew"
        )
    before = {name: p.dtype for name, p in model.named_parameters(remove_duplicate=False)}
    for name, parameter in wanted.items():
        parameter.data = values[name].to(parameter.device, before.get(name, torch.float32), copy=True)


def adapter_settings(model: "PreTrainedModel") -> dict[str, float]:
    """r, alpha and dropout as peft really holds them; empty where there is no adapter."""
    configs = getattr(model, "peft_config", {})
    if not configs:
        return {}
    config = configs["default"]
    return {"rank": float(config.r), "alpha": float(config.lora_alpha), "dropout": float(config.lora_dropout)}


def _add_adapter(model: "PreTrainedModel", recipe: Recipe) -> None:
    require_extra("recover", "recoveries")
    from peft import LoraConfig

    model.add_adapter(
        LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            bias="none",
            target_modules="all-linear",  # q, k, v, o, gate, up, down in the paper's families; never lm_head
            task_type="CAUSAL_LM",
        )
    )


def to_nf4(model: "PreTrainedModel") -> None:
    """Replace every linear module but the output layer by a 4-bit one (NF4, double quantisation)."""
    require_extra("qlora", "4-bit bases")
    import bitsandbytes as bnb
    import torch
    from torch import nn

    head = output_layer(model)
    compute = torch.bfloat16 if model.device.type == "cuda" else torch.float32
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is not nn.Linear or child is head:
                continue
            small = bnb.nn.Linear4bit(
                child.in_features, child.out_features, bias=child.bias is not None, compute_dtype=compute,
                compress_statistics=True, quant_type="nf4", device="meta",
            )  # fmt: skip
            small.weight = bnb.nn.Params4bit(
                child.weight.detach().clone(), requires_grad=False, compress_statistics=True, quant_type="nf4",
                module=small,
            ).to(child.weight.device)  # fmt: skip
            if child.bias is not None:  # of its own: bitsandbytes changes a bias's dtype in place
                small.bias = nn.Parameter(child.bias.detach().to(compute, copy=True), requires_grad=False)
            setattr(parent, name, small.train(child.training))
    vars(model)["is_loaded_in_4bit"] = True  # how peft knows which kind of adapter layer to put on top


def _own_last_layers(model: "PreTrainedModel") -> None:
    head = output_layer(model)
    if head is None:
        raise BadInput(f"{type(model).__name__} has no output layer to train; use a recipe with adapters")
    found = decoder_layers(model)
    if text_config(model).tie_word_embeddings:
        config = copy.deepcopy(model.config)
        config.get_text_config().tie_word_embeddings = config.tie_word_embeddings = False
        replace_config(model, model.config, config)
    for module in (final_norm(model), head, *found.modules[-LAST_LAYERS:]):
        _own(module)


def output_layer(model: "PreTrainedModel") -> "nn.Module | None":
    """The layer that turns hidden states into logits."""
    head: nn.Module | None = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return head


def final_norm(model: "PreTrainedModel") -> "nn.Module":
    """The normalisation after the last decoder layer.

    Raises:
        BadInput: there is none beside the list of layers.
    """
    stack = decoder_layers(model).path
    parent = model.get_submodule(stack.rpartition(".")[0])
    norms = [child for name, child in parent.named_children() if "norm" in name.lower() or name == "ln_f"]
    if not norms:
        raise BadInput(f"{type(model).__name__} has no normalisation after its layers; use a recipe with adapters")
    return norms[-1]


def _own(module: "nn.Module") -> None:
    """Give a module parameters of its own, to be trained; those that are tied stay so."""
    from torch import nn

    own: dict[nn.Parameter, nn.Parameter] = {}
    for part in module.modules():
        for name, parameter in list(part._parameters.items()):  # noqa: SLF001  # assigning by attribute would re-register
            if parameter is not None:
                if parameter not in own:
                    own[parameter] = nn.Parameter(parameter.detach().clone())
                part._parameters[name] = own[parameter]  # noqa: SLF001
