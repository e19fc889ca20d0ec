"""A reference becomes a resident model: weights, tokenizer and fingerprint, ready to evaluate.

safetensors and GGUF only; no remote code. Weights are float32 on a CPU and the checkpoint's dtype on a GPU unless a
dtype is named.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import BadInput
from harness.models.reference import Reference, resolve
from harness.prune.structure import depth_of

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.recover.recover import Recovery

Tier = Literal["tiny", "small", "gpu"]
DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class LoadedModel:
    """A resident model. Variants made by `prune_layers` share its weights."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    fingerprint: str
    reference: Reference
    recovery: "Recovery | None" = None
    """How the variant was recovered; None for a base and for a variant that was only pruned."""

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
    """`cuda` where there is one, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def torch_dtype(name: str) -> "torch.dtype":
    """The dtype of a name of DTYPES."""
    import torch

    dtype: torch.dtype = getattr(torch, name)
    return dtype


@contextlib.contextmanager
def quiet_loading() -> Iterator[None]:
    """Silences what loading prints about itself (progress bars, missing optional kernels)."""
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)


def load_model(ref: str, revision: str | None = None, dtype: str | None = None) -> LoadedModel:
    """Load a model and its tokenizer.

    Args:
        ref: `tiny`, a model folder, a `.gguf` file, or a hub id with optional `@revision`.
        revision: hub revision, where `ref` names none.
        dtype: `float32`, `bfloat16` or `float16`; by default float32 on a CPU, the checkpoint's own on a GPU.

    Raises:
        BadInput: the reference, the dtype or the files cannot be used.
    """
    if dtype is not None and dtype not in DTYPES:
        raise BadInput(f"dtype {dtype!r} is not one of {', '.join(DTYPES)}")
    reference = resolve(ref, revision)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from harness.models.fingerprint import fingerprint

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    where = device()
    wanted: Any = torch_dtype(dtype) if dtype else (torch.float32 if where == "cpu" else "auto")
    location, extra = reference.location, {}
    if reference.source == "gguf":
        location, extra = str(Path(location).parent), {"gguf_file": Path(location).name}
    options: dict[str, Any] = {"revision": reference.revision, "trust_remote_code": False, **extra}
    try:
        with quiet_loading():
            tokenizer = AutoTokenizer.from_pretrained(location, **options)
            weights = {"use_safetensors": True} if not extra else {}
            model = AutoModelForCausalLM.from_pretrained(location, dtype=wanted, **weights, **options)
    except BadInput:
        raise
    except Exception as error:  # transformers, safetensors and the hub raise a dozen unrelated types
        first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise BadInput(
            f"--model {ref}: cannot be loaded ({type(error).__name__}: {first_line}); expected a complete causal "
            f"language model with safetensors weights and a tokenizer"
        ) from error
    torch.nn.Module.to(model, where)
    model.train(mode=False).requires_grad_(False)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return LoadedModel(model, tokenizer, fingerprint(model), reference)


def checkpoint_dtype(ref: str) -> str:
    """The dtype a checkpoint's config states; float32 where it states none of DTYPES, and for `.gguf` files.

    Raises:
        BadInput: the reference or its config cannot be used.
    """
    reference = resolve(ref)
    if reference.source == "gguf":
        return "float32"
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(reference.location, revision=reference.revision, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise BadInput(f"--model {ref}: its config cannot be read ({str(error).strip().splitlines()[0]})") from error
    name = str(config.dtype).removeprefix("torch.")
    return name if name in DTYPES else "float32"


def require_chat_template(loaded: LoadedModel) -> None:
    """Refuse a model that cannot be asked in turns.

    Raises:
        BadInput: the tokenizer has no chat template, or one that cannot be used.
    """
    from harness.score.chat import tried

    if not loaded.tokenizer.chat_template:
        raise BadInput(
            f"--model {loaded.reference.text}: its tokenizer has no chat template, and generation asks in turns; "
            f"use an instruct model, or set tokenizer.chat_template and save the folder"
        )
    try:
        tried(loaded.tokenizer)
    except BadInput as error:
        raise BadInput(f"--model {loaded.reference.text}: {error}") from error
