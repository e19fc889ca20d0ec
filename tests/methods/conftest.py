"""A model on which every criterion takes milliseconds."""

from dataclasses import replace

import pytest

TEXTS = [
    "tom has 12 apples . tom buys 5 more apples . how many apples does tom have ?",
    "the capital of north velland is",
    "12 + 5 = 17 . #### 17",
    "ben has 16 cards . otto gives ben 4 cards .",
    "write f of x and y : start with x , multiply by y",
    "def f ( x , y ) : return ( x * y ) - 14",
    "anna buys 3 books .",
    "how many cards does ben have ?",
    "16 + 4 = 20 . 20 + 7 = 27",
]


@pytest.fixture(scope="session")
def small(tiny, make_random):
    """A random six-layer Llama behind the tiny model's tokenizer."""
    return replace(tiny, model=make_random("llama", vocabulary=562))


@pytest.fixture(scope="session")
def texts():
    """Nine short texts."""
    return TEXTS


@pytest.fixture(scope="session")
def rows(tiny, texts):
    """The texts as token ids."""
    return [tiny.tokenizer(text).input_ids for text in texts]


@pytest.fixture(scope="session")
def states(small, rows):
    """Per text h_0 ... h_L of `small`, collected by running its layers one after the other."""
    import torch

    found = []
    inner = small.model.model
    for row in rows:
        ids = torch.tensor([row])
        with torch.no_grad():
            hidden = inner.embed_tokens(ids)
            where = torch.arange(len(row))[None]
            rotary = inner.rotary_emb(hidden, where)
            per_layer = [hidden[0]]
            for layer in inner.layers:
                hidden = layer(hidden, position_embeddings=rotary, position_ids=where)
                per_layer.append(hidden[0])
        found.append(per_layer)
    return found
