"""The paper's models as a plan knows them where their weights are not: published shapes, and a stand-in that is asked.

The stand-in has the depth and the chat template of the model and a small tokenizer, whose tokens are shorter than the
model's: SCALE turns its numbers of tokens into about the model's own.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from harness.foresee.work import Model
from harness.models.catalogue import PaperModel
from harness.models.load import LoadedModel, load_model
from harness.models.reference import resolve
from harness.selfcheck.bounds import shape_of
from harness.selfcheck.stand_in import write_files, write_stand_in

SCALE = 0.344
"""Tokens of Qwen2.5's tokenizer for one of a stand-in's: 1.33 and 3.87 characters each, on 50 questions of GSM8K."""
_BYTES = 2  # bfloat16


def stand_in_of(paper: PaperModel, reference: str) -> LoadedModel:
    """A narrow random model of the published depth, called as the model that it stands for."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_stand_in(paper, Path(scratch) / paper.name, depth=paper.depth)
        loaded = load_model(str(folder), dtype="float32")
    return replace(loaded, reference=resolve(reference))


def published_model(paper: PaperModel) -> Model:
    """What counts of the published model."""
    from transformers import AutoConfig

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / paper.name
        write_files(paper, folder)
        config = AutoConfig.from_pretrained(folder)
    head = config.vocab_size * config.hidden_size
    body = paper.parameters - head * (1 if config.tie_word_embeddings else 2)
    shape = shape_of(config, body, _BYTES)
    return Model(
        layers=shape.layers, body=body, head=head, vocabulary=shape.vocabulary, weights=paper.parameters * _BYTES,
        bytes=_BYTES, cache_bytes=shape.cache_bytes, attention=4.0 * shape.layers * shape.heads_width,
    )  # fmt: skip
