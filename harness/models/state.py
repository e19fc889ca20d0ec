"""Everything of a model and its tokenizer that a method could change, so that a change can be named.

What a library leaves behind when it is merely used is no change: transformers installs hooks of its own at the first
`output_hidden_states=True` and keeps them, gradient checkpointing leaves another, dynamic RoPE computes its frequencies
anew for each length. An author can neither see nor remove those. Which attention kernel is chosen is none either:
`harness.subject` puts it back.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.models.fingerprint import describe

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.models.load import LoadedModel

LIBRARIES = ("transformers", "accelerate")
"""Hooks defined in these are the library's own."""
_OF_USE = {"training", "_output_capturing_hooks_installed", "gradient_checkpointing", "max_seq_len_cached"}
"""Attributes that transformers sets when a model is used; `training` has an entry of its own."""
ANSWER = "its answer to a fixed question"
_BOOKKEEPING = ("requires_grad of ", "gradient of ")


def state_of(model: "PreTrainedModel") -> dict[str, str]:
    """What names each part of a model: weights, buffers, gradients, flags, hooks, modules, configs."""
    state = {f"config.{key}": str(value) for key, value in model.config.to_dict().items()}
    state["hooks of every module"] = str(_global_hooks())
    generation = model.generation_config
    if generation is not None:
        state |= {f"generation_config.{key}": str(value) for key, value in generation.to_dict().items()}
    for name, tensor in (*model.named_parameters(), *_kept_buffers(model)):
        state[f"weights of {name}"] = describe(tensor)
        state[f"requires_grad of {name}"] = str(tensor.requires_grad)
        state[f"gradient of {name}"] = "left behind" if tensor.grad is not None and bool(tensor.grad.any()) else "none"
    for name, module in model.named_modules():
        where = name or "the model"
        state[f"module {where}"] = f"{type(module).__qualname__} {id(module)} {id(type(module).forward)}"
        state[f"training mode of {where}"] = str(module.training)
        state[f"hooks of {where}"] = str(len(_foreign_hooks(module)))
        state[f"attributes of {where}"] = _digest(_plain(vars(module)))
    return state


def tokenizer_state(tokenizer: "PreTrainedTokenizerBase") -> dict[str, str]:
    """What names each part of a tokenizer: vocabulary, added and special tokens, template, sides, rules.

    Padding and truncation that a call asked for stay in a fast tokenizer's backend until the next call, which sets them
    anew: they are no part of it.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    rules = {} if backend is None else json.loads(backend.to_str())
    state = {
        "vocabulary": sorted(tokenizer.get_vocab().items()),
        "added tokens": sorted((index, repr(token)) for index, token in tokenizer.added_tokens_decoder.items()),
        "special tokens": (tokenizer.special_tokens_map, tokenizer.all_special_ids),
        "chat template": tokenizer.chat_template,
        "padding side": tokenizer.padding_side,
        "truncation side": tokenizer.truncation_side,
        "longest input": tokenizer.model_max_length,
        "rules": [(key, value) for key, value in rules.items() if key not in ("padding", "truncation")],
    }
    return {f"{name} of the tokenizer": _digest(str(value)) for name, value in state.items()}


def base_state(loaded: "LoadedModel") -> dict[str, str]:
    """What names each part of a model and of its tokenizer, and what it answers to a question that is always the same.

    The answer notices what no list of parts can: a function that every forward pass calls, a switch of torch's.
    """
    return switches() | state_of(loaded.model) | tokenizer_state(loaded.tokenizer) | _answer(loaded.model)


def switches() -> dict[str, str]:
    """Name the switches of the whole process that training and answers depend on, each with how it stands."""
    import torch

    return {
        "torch's gradient mode": str(torch.is_grad_enabled()),
        "torch's default dtype": str(torch.get_default_dtype()),
        "torch's deterministic algorithms": str(torch.are_deterministic_algorithms_enabled()),
        "torch's precision of float32 products": torch.get_float32_matmul_precision(),
    }


def _answer(model: "PreTrainedModel") -> dict[str, str]:
    """Every bit of the logits of two fixed rows; nothing where the model does not repeat them, or refuses them."""
    import torch

    from harness.models.agreement import logits, probe_ids

    rows = probe_ids(model.config.get_text_config().vocab_size).to(model.device)
    try:
        first, again = logits(model, rows), logits(model, rows)
    except Exception:  # noqa: BLE001  # families refuse in any way what they cannot do; a change would be named by its parts
        return {}
    return {ANSWER: describe(first)} if torch.equal(first, again) else {}


def answering_state(loaded: "LoadedModel") -> dict[str, str]:
    """The part of `base_state` that answers could depend on: not who wants gradients, nor what was left of them.

    Read anew each time: what is written through `.data` leaves no trace.
    """
    return {name: value for name, value in base_state(loaded).items() if not name.startswith(_BOOKKEEPING)}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names of the parts that differ, came or went, in order; the answer only where no part explains it. Pure."""
    found = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [name for name in found if name != ANSWER] or found


def some(found: tuple[str, ...] | list[str]) -> str:
    """The first two of what was found, and how many more there are. Pure."""
    shown = ", ".join(found[:2])
    return shown if len(found) <= 2 else f"{shown} and {len(found) - 2} more"  # noqa: PLR2004  # two are shown


def weights_of(model: "PreTrainedModel") -> str:
    """Names every bit of a model's weights and buffers. Read anew each time."""
    return _digest(" ".join(describe(tensor) for _, tensor in (*model.named_parameters(), *_kept_buffers(model))))


def _kept_buffers(model: "PreTrainedModel") -> Iterator[tuple[str, "torch.Tensor"]]:
    """The buffers, less frequencies that a rotary embedding computes anew for the length of every input."""
    changing = tuple(
        name for name, module in model.named_modules() if _computes_anew(str(getattr(module, "rope_type", "")))
    )
    for name, buffer in model.named_buffers():
        if not (name.endswith("inv_freq") and name.rpartition(".")[0] in changing):
            yield name, buffer


def _computes_anew(rope_type: str) -> bool:
    return "dynamic" in rope_type or "longrope" in rope_type


def _global_hooks() -> int:
    from torch.nn.modules import module

    return sum(len(value) for name, value in vars(module).items() if name.startswith("_global") and _is_dict(value))


def _is_dict(value: Any) -> bool:  # noqa: ANN401  # any attribute
    return isinstance(value, dict)


def _foreign_hooks(module: "nn.Module") -> set[int]:
    """Handles of a module's hooks that no library set."""
    kept = [value for key, value in vars(module).items() if "hooks" in key and _is_dict(value)]
    named = {handle: hook for hooks in kept for handle, hook in hooks.items() if callable(hook)}
    return {handle for handle, hook in named.items() if not _is_librarys(hook)}


def _is_librarys(hook: Any) -> bool:  # noqa: ANN401  # any callable
    origin = str(getattr(hook, "__module__", None) or type(hook).__module__)
    return origin.partition(".")[0] in LIBRARIES


def _plain(attributes: Mapping[str, Any]) -> str:
    kept = {
        name: value
        for name, value in attributes.items()
        if name not in _OF_USE and isinstance(value, (bool, int, float, str, type(None)))
    }
    forward = "forward" in attributes
    return f"{sorted(kept.items())} {forward}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
