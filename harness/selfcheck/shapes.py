"""The paper's models with random weights, made on the device: what takes time and memory is there, but no download."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.models.attention import leave_cudnn_out
from harness.models.catalogue import PaperModel
from harness.models.load import device, torch_dtype
from harness.models.quiet import quiet_loading
from harness.models.structure import decoder_layers, text_config
from harness.selfcheck.bounds import Shape, shape_of
from harness.selfcheck.measured import empty_memory
from harness.selfcheck.stand_in import write_files, write_stand_in

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def random_model(paper: PaperModel, *, narrow: bool) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """A model of the published shape and a small tokenizer of its family's kind.

    Args:
        paper: whose shape.
        narrow: the dry run's stand-in instead, which any CPU can hold.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    empty_memory()
    leave_cudnn_out()
    with tempfile.TemporaryDirectory() as scratch, quiet_loading():
        folder = Path(scratch) / paper.name
        if narrow:
            write_stand_in(paper, folder)
            model = AutoModelForCausalLM.from_pretrained(folder)
            torch.nn.Module.to(model, device())
        else:
            write_files(paper, folder)
            with torch.device(device()), torch.random.fork_rng(range(torch.cuda.device_count())):
                torch.manual_seed(0)
                config = AutoConfig.from_pretrained(folder)
                model = AutoModelForCausalLM.from_config(config, dtype=torch_dtype(paper.dtype))  # type: ignore[no-untyped-call]
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder)
    model.train(mode=False).requires_grad_(False)
    return model, tokenizer


def model_shape(model: "PreTrainedModel") -> Shape:
    """The shape of a resident model."""
    body = sum(parameter.numel() for layer in decoder_layers(model).modules for parameter in layer.parameters())
    return shape_of(text_config(model), body, model.dtype.itemsize)
