"""Whether a checkpoint holds the weights that its config asks for: all of them, no others, and readable.

transformers draws what is missing at random and passes over what has no place, with a warning at most.
"""

import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SHOWN = 3  # names in a message
_SINGLE = "model.safetensors"
_PLAIN = ("F64", "F32", "F16", "BF16", "BOOL", "C64")
_NO_WEIGHT = re.compile(r"(bias|mask|position_ids|num_batches_tracked)$")  # buffers that may well be integers
# derived buffers that older releases saved, and heads that predict further tokens beside the model
_HARMLESS = re.compile(
    r"(^|\.)((attn|attention|self_attention)\.(masked_)?bias|inv_freq|position_ids|num_batches_tracked|mtp[._].*)$"
)
_SCALES: dict[tuple[str, str], tuple[str, ...]] = {
    ("bitsandbytes", "U8"): (".weight.absmax",),
    ("bitsandbytes", "I8"): (".SCB",),
    ("fp8", "F8_E4M3"): (".weight_scale", ".weight_scale_inv"),
    ("fp8", "F8_E5M2"): (".weight_scale", ".weight_scale_inv"),
}
"""By quantisation method and stored type of X.weight: names after X of which one must be there, or X means nothing."""
_NESTED = (".weight.nested_absmax", ".weight.nested_quant_map")
"""As well, where bitsandbytes' scales are themselves stored as codes."""


def require_complete(report: Mapping[str, Any], model: "PreTrainedModel", who: str) -> None:
    """Refuse a model that was not loaded exactly.

    Args:
        report: transformers' loading info, sizes that do not fit included.
        model: what was loaded.
        who: what the user named, for messages.

    Raises:
        BadInput: tensors are missing, have no place, or another shape.
    """
    missing = sorted(report["missing_keys"], key=_by_layer)
    extra = sorted((name for name in report["unexpected_keys"] if not _HARMLESS.search(name)), key=_by_layer)
    wrong = sorted(report["mismatched_keys"], key=lambda found: _by_layer(found[0]))
    name, total = type(model).__name__, len(model.state_dict())
    if wrong:
        first = "; ".join(f"{key} is {tuple(theirs)}, expected {tuple(ours)}" for key, theirs, ours in wrong[:SHOWN])
        raise BadInput(
            f"{who}: {len(wrong)} of {total} tensors have another shape than config.json says ({first}); expected the "
            f"config and the weights of one model"
        )
    if missing:
        raise BadInput(
            f"{who}: the checkpoint lacks {len(missing)} of the {total} tensors of {name} (first "
            f"{', '.join(missing[:SHOWN])}), and they would be random numbers{_besides(extra)}; "
            f"{_remedy(missing, extra)}"
        )
    if extra:
        raise BadInput(
            f"{who}: {name} has no place for {len(extra)} of the checkpoint's tensors (first "
            f"{', '.join(extra[:SHOWN])}), so it would be evaluated without; {_where_they_belong(extra)}"
        )
    if report.get("error_msgs"):
        raise BadInput(f"{who}: cannot be loaded ({' '.join(str(report['error_msgs'][0]).split())[:200]})")


def _by_layer(name: str) -> list[tuple[bool, int, str]]:
    """Sorts layer 10 after layer 9."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in name.split(".")]


def _besides(extra: Collection[str]) -> str:
    return f", beside {len(extra)} that have no place (first {', '.join(list(extra)[:SHOWN])})" if extra else ""


def _remedy(missing: list[str], extra: list[str]) -> str:
    if extra:
        lost = next((key for key in missing if "." in key and "lm_head" not in key), missing[0])
        prefix = next((key.removesuffix(lost) for key in extra if key.endswith(f".{lost}")), None)
        if prefix:
            return f"its names begin with {prefix!r}: save the model unwrapped, or take that off the names"
        return "the weights are another architecture's: expected those of config.json"
    if all("lm_head" in key or "embed_out" in key for key in missing):
        return "set tie_word_embeddings in config.json if the output shares the embedding, or save the head as well"
    return "expected a complete checkpoint: was num_hidden_layers kept when layers were removed, or a file left out?"


def _where_they_belong(extra: list[str]) -> str:
    if re.search(r"\.\d+\.", extra[0]):
        return "expected as many layers and parts as config.json says: correct it, or save what is really meant"
    return "expected only the weights of a causal language model: take them out of the file, or correct config.json"


def _indexed(folder: Path) -> dict[str, str]:
    """Tensor -> the file that holds it, as the index says; {} where there is none."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return {}
    places: dict[str, str] = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    return places


def files_of_weights(folder: Path, who: str) -> list[str]:
    """Names of the files that hold a folder's weights, whether they are there or not.

    Raises:
        BadInput: the index of them is none.
    """
    if (folder / _SINGLE).is_file():
        return [_SINGLE]
    try:
        return sorted({*_indexed(folder).values()}) or [_SINGLE]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{who}: model.safetensors.index.json cannot be read ({type(error).__name__}); fetch the file again"
        ) from error


def second_weights(folder: Path) -> str | None:
    """A file of an index that lies beside a `model.safetensors`, as where a model was saved over another one."""
    if not (folder / _SINGLE).is_file():
        return None
    parts = {*_indexed(folder).values()} - {_SINGLE}
    return next((name for name in sorted(parts) if (folder / name).is_file()), None)


def require_one_place(folder: Path, who: str) -> None:
    """Refuse a tensor that lies in another file than the index says: which of two is loaded is then nobody's choice.

    Raises:
        BadInput: one does.
    """
    from safetensors import safe_open

    places = {} if (folder / _SINGLE).is_file() else _indexed(folder)
    for name in sorted({*places.values()}):
        with safe_open(folder / name, framework="pt") as file:
            stray = [key for key in file.keys() if places.get(key, name) != name]  # noqa: SIM118  # no mapping
        if stray:
            raise BadInput(
                f"{who}: {name} holds {stray[0]}{_more(stray)}, which the index says is in {places[stray[0]]}; "
                f"expected each tensor in one file: save the model again, or take it out of {name}"
            )


def _more(names: Collection[str]) -> str:
    return f" and {len(names) - 1} more" if len(names) > 1 else ""


def stored_types(folder: Path) -> dict[str, str]:
    """The type of every tensor of a folder's safetensors files, in safetensors' own words; {} where there are none."""
    from safetensors import safe_open

    files = {_SINGLE} if (folder / _SINGLE).is_file() else {*_indexed(folder).values()}
    types: dict[str, str] = {}
    for name in sorted(files):
        with safe_open(folder / name, framework="pt") as file:
            types |= {key: str(file.get_slice(key).get_dtype()) for key in file.keys()}  # noqa: SIM118  # no mapping
    return types


def require_readable_numbers(types: Mapping[str, str], quantisation: Mapping[str, Any] | None, who: str) -> None:
    """Refuse numbers that are no weights: codes without the config that explains them, or a config without codes.

    Args:
        types: `stored_types` of the checkpoint.
        quantisation: `quantization_config` of its config.
        who: what the user named, for messages.

    Raises:
        BadInput: they do not go together.
    """
    codes = {name: kind for name, kind in types.items() if kind not in _PLAIN and not _NO_WEIGHT.search(name)}
    if not quantisation:
        found = [name for name, kind in codes.items() if kind != "I64" or name.endswith("weight")]
        if found:
            raise BadInput(
                f"{who}: {len(found)} tensors are stored as {codes[found[0]]} (first {', '.join(found[:SHOWN])}) and "
                f"config.json has no quantization_config that says what the numbers mean; expected float32, bfloat16 "
                f"or float16 weights, or the config they were quantised with"
            )
        return
    method = str(quantisation.get("quant_method"))
    if types and not codes:
        raise BadInput(
            f"{who}: config.json says that the weights are quantised ({method}), and none of its {len(types)} tensors "
            f"is; take quantization_config out of config.json if they are plain, or add the quantised weights"
        )
    for name in (name for name in codes if name.endswith(".weight")):
        base = name.removesuffix(".weight")
        scales = _SCALES.get((method, codes[name]), ())
        found = [f"{base}{end}" for end in scales if f"{base}{end}" in types]
        lost = [] if found or not scales else [f"{base}{scales[0]}"]
        if types.get(f"{base}.weight.absmax") == "U8":
            lost += [f"{base}{end}" for end in _NESTED if f"{base}{end}" not in types]
        if lost:
            raise BadInput(
                f"{who}: {name} is stored as {codes[name]} and its scale {lost[0]} is not in the checkpoint, so the "
                f"numbers mean nothing; expected a complete {method} checkpoint"
            )


def require_named_layers(file: Path, depth: int, who: str) -> None:
    """Refuse a .gguf file with layers beyond the number that it says, which transformers passes over.

    Raises:
        BadInput: it has some.
    """
    from gguf import GGUFReader

    layers = {int(found[1]) for tensor in GGUFReader(file).tensors if (found := re.match(r"blk\.(\d+)\.", tensor.name))}
    if layers and max(layers) >= depth:
        raise BadInput(
            f"{who}: the file says that the model has {depth} layers and holds tensors of {max(layers) + 1}; expected "
            f"as many layers as it says"
        )


def require_readable_beside(folder: Path, who: str) -> None:
    """Refuse what lies beside the weights and would be used, or passed over, without a word.

    Raises:
        BadInput: an adapter, weights of two savings, or settings of generation that are no JSON.
    """
    if older := second_weights(folder):
        raise BadInput(
            f"{who}: the folder holds weights twice, in model.safetensors and in {older} and its like, and the former "
            f"alone would be read; remove those that are not meant, and model.safetensors.index.json if it goes with "
            f"them"
        )
    if (folder / "adapter_config.json").is_file():
        raise BadInput(
            f"{who}: the folder holds adapter_config.json beside a model, and transformers would put the adapter on "
            f"it; move the adapter to a folder of its own, or fold it in: python -m harness export --adapter DIR"
        )
    settings = folder / "generation_config.json"
    try:
        sound = not settings.is_file() or isinstance(json.loads(settings.read_text(encoding="utf-8")), dict)
    except (ValueError, RecursionError):
        sound = False
    if not sound:  # transformers would do without, and answers would end elsewhere
        raise BadInput(f"{who}: generation_config.json is no JSON object; mend it, or remove it to do without")
