"""Fewest operations and bytes, against torch's own count."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from harness.selfcheck.bounds import Shape, forward_flops, shape_of, step_bytes, training_flops
from harness.selfcheck.shapes import model_shape

ROWS, LENGTH = 3, 40


@pytest.fixture(scope="module")
def model():
    """Grouped heads whose width is no share of the model's."""
    config = LlamaConfig(
        vocab_size=300, hidden_size=96, intermediate_size=160, num_hidden_layers=5, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, tie_word_embeddings=False, attn_implementation="eager",
    )  # fmt: skip
    torch.manual_seed(0)
    return LlamaForCausalLM(config)


def counted(work):
    """Operations that torch counts while it does something."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def test_a_pass_takes_what_torch_counts(model):
    """Products with weights and between tokens; eager attention looks at all tokens, so the mean context is all."""
    ids = torch.randint(0, 300, (ROWS, LENGTH), generator=torch.Generator().manual_seed(0))
    found = counted(lambda: model(input_ids=ids, use_cache=False))

    tokens = ROWS * LENGTH
    assert forward_flops(model_shape(model), tokens, tokens, LENGTH) == pytest.approx(found, rel=0.01)


def test_a_training_step_of_all_weights_takes_three_passes(model):
    """One forward and two backward; the embedding has no product."""
    ids = torch.randint(0, 300, (ROWS, LENGTH), generator=torch.Generator().manual_seed(0))

    def step():
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()

    found = counted(step)

    tokens = ROWS * LENGTH
    bound = training_flops(model_shape(model), tokens, tokens, LENGTH, full=True, recomputed=False)
    assert bound == pytest.approx(found, rel=0.01)


def test_the_cache_counts_grouped_heads_only(model):
    """Keys and values of every layer: 2 x 5 layers x 2 heads x 32 wide x 4 bytes."""
    assert model_shape(model).cache_bytes == 2 * 5 * 2 * 32 * 4


def test_a_step_reads_every_weight_once_and_every_row_its_own_cache():
    """Weights do not depend on the rows; the cache grows with rows and context."""
    shape = Shape(layers=2, width=8, vocabulary=10, heads_width=8, cache_bytes=64, body=1000, bytes=2)

    assert step_bytes(shape, rows=1, context=0) == (1000 + 80) * 2
    assert step_bytes(shape, rows=3, context=5) == (1000 + 80) * 2 + 3 * 5 * 64


def test_the_published_cache_of_llama_is_128_kib_per_token():
    """As docs/gpu-tier.md states from the shapes."""
    config = LlamaConfig(
        hidden_size=4096, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8, vocab_size=128256
    )

    assert shape_of(config, body=0, size=2).cache_bytes == 128 * 1024
