"""What a config promises and an ordinary loading would not keep: refused before any weight is read.

transformers follows a config as far as its own class knows the entries, and passes over the rest without a word: code
of the checkpoint's own, lists of dropped layers that only such code reads, an encoder beside the decoder.
"""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from harness.errors import BadInput

WRITTEN_HERE_FIRST = (
    "bloom", "cohere", "gemma", "gemma2", "gemma3", "gemma3_text", "gpt2", "gpt_neo", "gpt_neox", "gptj", "granite",
    "llama", "llama4", "mistral", "mixtral", "olmo", "olmo2", "opt", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe",
    "smollm3",
)  # fmt: skip
"""Families that transformers had first, so that a checkpoint which brings code of its own is another model."""

_LEFT_OUT = re.compile(r"drop|prun|skip|remov|delet|bypass|exclu|no_?op|block_config")
_OF_LAYERS, _HOW_MANY = re.compile(r"layer|block"), re.compile(r"(n|num)_")
_PLACES = re.compile(r"\W*\d+(\W+\d+)*\W*")  # a list of layers as text
KEPT_LAYERS = "kept_layers"
"""Ours, in a config: where a variant's layers come from."""
_MODEL_CLASSES = ("AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoModel")
_WRAPPED = "FSDP"  # training with it leaves this before the class's name


def loading_classes(config: Any) -> tuple[Any, type]:  # noqa: ANN401  # one config class a family
    """How a config is loaded, and as which class: a language model, or one that reads images as well.

    Where transformers has both for a family (Llama 4, Llama 3.2 Vision), as the config's `architectures` say.

    Raises:
        ValueError: transformers knows it as neither.
    """
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto import modeling_auto

    pairs: tuple[tuple[Any, Any], ...] = (
        (AutoModelForCausalLM, modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING),
        (AutoModelForImageTextToText, modeling_auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING),
    )
    listed = [(auto, classes[type(config)]) for auto, classes in pairs if type(config) in classes]
    known = [(auto, one) for auto, found in listed for one in (found if isinstance(found, (list, tuple)) else (found,))]
    if not known:
        raise ValueError(f"model type {config.model_type} is no causal language model of transformers")
    return next((pair for pair in known if pair[1].__name__ in (config.architectures or ())), known[0])


def require_followed(raw: Mapping[str, Any], config: Any, loads_as: type, who: str) -> None:  # noqa: ANN401  # a class a family
    """Refuse a config that asks for another model than the one that would be loaded.

    Args:
        raw: `config.json` as it is written.
        config: the same, read by transformers.
        loads_as: the class of model that it is loaded as.
        who: what the user named, for messages.

    Raises:
        BadInput: it asks for code of its own, for layers to be left out, for another class, or for an encoder as well.
    """
    if raw.get("is_encoder_decoder"):
        raise BadInput(
            f"{who}: is an encoder-decoder ({raw.get('model_type')}), and its decoder alone is no language model; "
            f"expected a causal language model"
        )
    _require_no_code(raw, loads_as, who)
    _require_nothing_left_out(raw, config, who)
    _require_class(raw.get("architectures"), config, loads_as, who)


def _require_no_code(raw: Mapping[str, Any], loads_as: type, who: str) -> None:
    """Refuse a checkpoint with code of its own, unless transformers has taken that very class over.

    Raises:
        BadInput: it has.
    """
    auto_map = raw.get("auto_map") or {}
    named = auto_map if isinstance(auto_map, Mapping) else {_MODEL_CLASSES[0]: auto_map}
    kind = str(raw.get("model_type")).replace("-", "_")
    for name in _MODEL_CLASSES:
        code = named.get(name)
        if not code:
            continue
        module, _, class_name = str(code).rpartition("--")[2].rpartition(".")
        family = module.removeprefix("modeling_")
        if class_name == loads_as.__name__ and kind.startswith(family) and kind not in WRITTEN_HERE_FIRST:
            continue
        raise BadInput(
            f"{who}: config.json asks for code of its own (auto_map {code!r}), which is not run here, and "
            f"{loads_as.__name__} of transformers would be another model; if it is the same, take auto_map out of "
            f"config.json"
        )


def _require_nothing_left_out(raw: Mapping[str, Any], config: Any, who: str) -> None:  # noqa: ANN401  # as above
    """Refuse layers to leave out, and lists of layers, that the config's class does not know.

    Raises:
        BadInput: there is one.
    """
    for part, read in ((raw, config), (raw.get("text_config") or {}, config.get_text_config())):
        known = {field.name for field in dataclasses.fields(read)} | set(type(read).attribute_map)
        for name, value in part.items():
            if name not in known and _names_layers(name.lower(), value):
                raise BadInput(
                    f"{who}: config.json sets {name} ({str(value)[:60]}), which transformers' "
                    f"{type(read).__name__} does not follow, so the model would be evaluated without it; remove those "
                    f"parts for good (harness.prune_layers, harness.apply_plan), or take the entry out of config.json "
                    f"if they are gone already"
                )


def _names_layers(name: str, value: Any) -> bool:  # noqa: ANN401  # JSON
    """Whether an entry says which layers there are to be, or which are not."""
    if not _LEFT_OUT.search(name):
        numbers = isinstance(value, list) and bool(value) and all(isinstance(one, int) for one in value)
        return numbers and name != KEPT_LAYERS and bool(_OF_LAYERS.search(name))
    if isinstance(value, str):
        return bool(_PLACES.fullmatch(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return value > 0 and bool(_OF_LAYERS.search(name)) and not _HOW_MANY.match(name)
    return value is True or (isinstance(value, (list, dict)) and bool(value))


def _require_class(architectures: Any, config: Any, loads_as: type, who: str) -> None:  # noqa: ANN401  # as above
    """Refuse a config that names a class of another family, or one that transformers does not have.

    Heads of the same family (a classifier, a bare trunk) are left to the weights: what is missing will be missed.

    Raises:
        BadInput: it does.
    """
    import transformers

    names = [str(name).removeprefix(_WRAPPED) for name in architectures or () if name]
    if not names or loads_as.__name__ in names:
        return
    for name in names:
        theirs = getattr(getattr(transformers, name, None), "config_class", None)
        if theirs is not None and isinstance(theirs, type) and isinstance(config, theirs):
            return
    raise BadInput(
        f"{who}: config.json names the class {names[0]} and the model type {config.model_type}, which loads as "
        f"{loads_as.__name__}: another model; expected {loads_as.__name__}, so correct config.json if it is one"
    )
