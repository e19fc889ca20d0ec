"""A reference becomes a resident model: weights, tokenizer and fingerprint, ready to evaluate.

safetensors and GGUF only; no remote code. Weights are float32 on a CPU and the checkpoint's dtype on a GPU unless a
dtype is named; those of the tiny model are float32 everywhere, so that it is one model with one set of baselines. What
is resident is what the files say, or nothing is: `config`, `weights`, `vocabulary` and `causality` refuse the rest,
each in one sentence. The host process is left as it was found.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.ahead import require_found, require_whole
from harness.models.plain import quantised_parameter
from harness.models.quiet import one_sentence, quiet_loading
from harness.models.reference import Reference, resolve
from harness.models.structure import depth_of

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class LoadedModel:
    """A resident model. Variants made by `prune_layers` share its weights."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    fingerprint: str
    reference: Reference
    form: str | None = field(default=None, kw_only=True)
    """The name of the form in which it is asked in turns (`text.form`); None: its own chat template."""

    @property
    def depth(self) -> int:
        """Number of decoder layers."""
        return depth_of(self.model.config.get_text_config())

    @property
    def label(self) -> str:
        """A short name for tables and file names."""
        return self.reference.label

    @property
    def dtype(self) -> str:
        """Of the weights: `float32`, `bfloat16`, `float16`."""
        return str(self.model.dtype).removeprefix("torch.")


def device() -> str:
    """`cuda` where there is one, which is this process's own (`cards`), else `cpu`."""
    import torch

    from harness.models.cards import take_cards

    take_cards()
    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_dtype(name: str) -> "torch.dtype":
    """The dtype of a name of DTYPES."""
    import torch

    dtype: torch.dtype = getattr(torch, name)
    return dtype


def load_model(ref: str, revision: str | None = None, dtype: str | None = None) -> LoadedModel:
    """Load a model and its tokenizer, exactly as its files say.

    Onto a GPU where there is one; in this process no attention is computed by cuDNN from then on (`attention`).

    Args:
        ref: `tiny`, a model folder, a `.gguf` file, or a hub id with optional `@revision`.
        revision: hub revision, where `ref` names none.
        dtype: `float32`, `bfloat16` or `float16`; by default float32 on a CPU and for the tiny model, else the
            checkpoint's own.

    Raises:
        BadInput: the reference, the dtype or the files cannot be used, or the files are another model than the config
            says: weights are missing or left over, layers were to be left out, text is read both ways.
    """
    if dtype is not None and dtype not in DTYPES:
        raise BadInput(f"dtype {dtype!r} is not one of {', '.join(DTYPES)}")
    reference = resolve(ref, revision)
    who = f"--model {ref}"
    require_whole(reference, who)
    require_found(reference, who)
    import torch

    from harness.models.attention import leave_cudnn_out
    from harness.models.causality import require_causal
    from harness.models.fingerprint import fingerprint
    from harness.models.vocabulary import require_an_end, require_fitting

    where = device()
    if where == "cuda":
        leave_cudnn_out()
    usual = torch.float32 if where == "cpu" or reference.source == "tiny" else "auto"
    wanted: Any = torch_dtype(dtype) if dtype else usual
    with quiet_loading():
        model = _model(reference, wanted, who)
        tokenizer = _tokenizer(reference, who)
        _lay(model, where)
        model.train(mode=False).requires_grad_(False)
        require_fitting(tokenizer, model, who)
        require_an_end(tokenizer, model, who)
        require_causal(model, who)
    return LoadedModel(model, tokenizer, fingerprint(model), reference)


def _lay(model: "PreTrainedModel", where: str) -> None:
    """Move a model to the device, or over the GPUs, that this process works on."""
    import torch

    from harness.models.cards import cards_taken
    from harness.models.spread import spread

    if where == "cuda" and cards_taken() > 1:
        spread(model, [torch.device(where, card) for card in range(cards_taken())])
    else:
        torch.nn.Module.to(model, where)


def _place(reference: Reference) -> tuple[str, dict[str, Any]]:
    """What transformers calls a reference, and how it is to be read."""
    options: dict[str, Any] = {"revision": reference.revision, "trust_remote_code": False}
    if reference.source != "gguf":
        return reference.location, options
    path = Path(reference.location)
    return str(path.parent), options | {"gguf_file": path.name}


def _model(reference: Reference, dtype: Any, who: str) -> "PreTrainedModel":  # noqa: ANN401  # a torch.dtype or "auto"
    """The weights, whole and nothing else.

    Raises:
        BadInput: the files hold no such model.
    """
    from transformers import AutoConfig, PreTrainedConfig

    from harness.models.config import loading_classes, require_followed
    from harness.models.weights import (
        require_complete,
        require_named_layers,
        require_one_place,
        require_readable_numbers,
        stored_types,
    )

    location, options = _place(reference)
    with one_sentence(f"{who}:", "expected a complete causal language model with safetensors weights and a tokenizer"):
        config = AutoConfig.from_pretrained(location, **options)
        auto, loads_as = loading_classes(config)
        raw: dict[str, Any] = {}
        if reference.source == "gguf":
            require_named_layers(Path(reference.location), depth_of(config.get_text_config()), who)
        else:
            raw, _ = PreTrainedConfig.get_config_dict(location, revision=reference.revision)
            require_followed(raw, config, loads_as, who)
            options |= {"use_safetensors": True}
        if reference.source in ("folder", "tiny"):
            require_one_place(Path(location), who)
            require_readable_numbers(stored_types(Path(location)), raw.get("quantization_config"), who)
        model, report = auto.from_pretrained(
            location, dtype=dtype, output_loading_info=True, ignore_mismatched_sizes=True, **options
        )
        if reference.source == "hub":  # its files are here only now
            folder = _cached(location, reference.revision)
            require_one_place(folder, who)
            require_readable_numbers(stored_types(folder), raw.get("quantization_config"), who)
        require_complete(report, model, who)
        found: PreTrainedModel = _plain(model, dtype)
    if getattr(found, "_hf_peft_config_loaded", False):  # the hub's; a folder was refused before its weights were read
        raise BadInput(f"{who}: holds an adapter beside its weights; expected a model alone")
    return found


def _plain(model: "PreTrainedModel", dtype: Any) -> "PreTrainedModel":  # noqa: ANN401  # a torch.dtype or "auto"
    """The model as an ordinary one where its quantised weights were unfolded while loading (GGUF; fp8 on a CPU)."""
    import torch

    quantizer: Any = getattr(model, "hf_quantizer", None)
    if quantised_parameter(model) is not None:
        return model
    if quantizer is not None:
        quantizer.remove_quantization_config(model)
    conversions: Any = getattr(model, "_weight_conversions", None)
    if conversions:  # saving turns them round, and would fold the weights again, for a config that no longer says so
        kept = [one for one in conversions if not any("scale" in name for name in one.source_patterns)]
        vars(model)["_weight_conversions"] = kept
    if dtype == torch.float32:  # fp8 unfolds to bfloat16 beside a float32 embedding
        torch.nn.Module.to(model, dtype)
    return model


def _cached(location: str, revision: str | None) -> Path:
    """The folder in which the hub's files of a model lie."""
    from transformers.utils.hub import cached_file

    config = cached_file(location, "config.json", revision=revision)
    assert config is not None  # the model was loaded from there
    return Path(config).parent


def _tokenizer(reference: Reference, who: str) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    location, options = _place(reference)
    with one_sentence(
        f"{who}: its tokenizer",
        "expected tokenizer.json or tokenizer.model beside the weights: copy the tokenizer files of the model that it "
        "was made from",
    ):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(location, **options)
    return tokenizer


def checkpoint_dtype(ref: str) -> str:
    """The dtype a checkpoint's config states, its text part's where the whole states none, else that of its weights.

    float32 where that is none of DTYPES, and for `.gguf` files.

    Raises:
        BadInput: the reference or its config cannot be used.
    """
    reference = resolve(ref)
    if reference.source == "gguf":
        return "float32"
    from transformers import AutoConfig

    from harness.models.weights import stored_types

    try:
        config = AutoConfig.from_pretrained(reference.location, revision=reference.revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"--model {ref}: its config cannot be read ({str(error).strip().splitlines()[0]})") from error
    stated = config.dtype or config.get_text_config().dtype
    name = str(stated).removeprefix("torch.")
    if stated is None and Path(reference.location).is_dir():
        types = Counter(stored_types(Path(reference.location)).values())
        kinds = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}
        name = next((kinds[kind] for kind, _ in types.most_common() if kind in kinds), name)
    return name if name in DTYPES else "float32"
