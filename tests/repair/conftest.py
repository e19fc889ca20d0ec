"""Models whose middle layers are known functions, and texts to measure them on."""

import pytest
import torch

from tests.conftest import random_model

GONE = (2, 3)
OWN = slice(24, 32)  # channels that the MLP of layer 1 alone writes, of 32


@pytest.fixture
def texts():
    """96 tokens, three for each of 32 channels."""
    draw = torch.Generator().manual_seed(1)
    return [[1, *torch.randint(3, 99, (23,), generator=draw).tolist()] for _ in range(4)]


@pytest.fixture
def logits():
    """Logits of a text that no repair has seen."""

    def of(model):
        with torch.no_grad():
            return model(input_ids=torch.tensor([[1, 7, 42, 9, 77, 13, 5]]), use_cache=False).logits

    return of


@pytest.fixture
def make_linear():
    """Makes a model whose layers 2 and 3 are linear maps of what the MLP of layer 1 wrote, and of nothing else."""

    def make(family, *, tied=False):
        base = random_model(family).double()
        if tied:
            base.tie_weights()
        layers = base.model.layers
        base.model.embed_tokens.weight[:, OWN] = 0
        for writer in (layers[0].self_attn.o_proj, layers[0].mlp.down_proj, layers[1].self_attn.o_proj):
            writer.weight[OWN] = 0
        draw = torch.Generator().manual_seed(2)
        for place in GONE:
            layers[place].__class__ = _linear(type(layers[place]))
            # what layer 2 writes elsewhere may not be read by layer 3, which would then map more than M
            mixing = torch.randn(8, 32, generator=draw, dtype=torch.float64) / 4
            layers[place].register_buffer("mixing", mixing, persistent=False)
        return base

    return make


def _linear(kind):
    class Linear(kind):
        def forward(self, hidden_states, **_):
            return hidden_states + hidden_states[..., OWN] @ self.mixing

    return Linear


@pytest.fixture
def make_idle():
    """Makes a model whose layers 2 and 3 add nothing."""

    def make(family, dtype=torch.float32):
        base = random_model(family).to(dtype)
        for place in GONE:
            for writer in (base.model.layers[place].self_attn.o_proj, base.model.layers[place].mlp.down_proj):
                writer.weight.zero_()
        return base

    return make
