"""Rows of unequal length: what fills them, and which tokens a model knows."""

import copy

import pytest

from harness.errors import BadInput
from harness.score.forward import pad_id
from harness.score.scorer import Scorer
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

SCORED = [
    LogLikelihoodRequest(text, " tom has") for text in ("who has red shoes ?", "tom has 12 apples . finn has 3 .")
]
ASKED = [NextTokenRequest(text, ("1", "2")) for text in ("1 + 1 =", "tom has 12 apples . 2 + 2 =")]
WRITTEN = [GenerationRequest(text, 6, chat=False) for text in ("tom has", "who has red shoes and 3 stamps ?")]


@pytest.fixture
def padded(tiny):
    """The tiny tokenizer with a pad token that the model has no row for."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.add_special_tokens({"pad_token": "[PAD]"})
    assert tokenizer.pad_token_id == tiny.model.get_input_embeddings().num_embeddings
    return tokenizer


def test_a_pad_token_outside_the_embedding_pads_nothing(tiny, padded):
    """Added to a tokenizer without resizing the model, as most pruning scripts do, it changes no answer."""
    own, other = Scorer(tiny.model, tiny.tokenizer), Scorer(tiny.model, padded)

    assert pad_id(tiny.model, padded) == 0
    assert own.log_likelihoods(SCORED) == other.log_likelihoods(SCORED)
    assert own.next_tokens(ASKED) == other.next_tokens(ASKED)
    assert own.generations(WRITTEN) == other.generations(WRITTEN)


@pytest.mark.parametrize(
    ("ask", "request_"),
    [
        ("log_likelihoods", LogLikelihoodRequest("tom has", " 3 [PAD]")),
        ("next_tokens", NextTokenRequest("tom has [PAD]", ("1",))),
        ("next_tokens", NextTokenRequest("tom has", ("[PAD]",))),
        ("generations", GenerationRequest("tom [PAD] has", 4, chat=False)),
    ],
)
def test_a_token_without_an_embedding_is_refused(tiny, padded, ask, request_):
    """A text that has one is named with the token, instead of an IndexError."""
    size = tiny.model.get_input_embeddings().num_embeddings
    with pytest.raises(BadInput, match=rf"writes '\[PAD\]' as token {size} and the model embeds only 0 to {size - 1}"):
        getattr(Scorer(tiny.model, padded), ask)([request_])
