"""What fits a model, against the model itself; and texts that no tokenizer can read."""

import pytest
import torch

from harness.errors import BadInput
from harness.selfcheck.tiny_random import tiny_random
from harness.text.encode import rendered, room_of
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

# those that number positions from behind the padding's, and two that do not
ROBERTAS = ("roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "camembert", "data2vec-text", "xmod")


@pytest.mark.parametrize("kind", [*ROBERTAS, "gpt2", "opt"])
def test_the_room_is_what_the_model_takes(kind):
    """So many tokens and no more, wherever positions begin; published RoBERTas pad with token 1."""
    small = tiny_random(kind)
    small.config.pad_token_id = 1
    model = type(small)(small.config).eval()
    room = room_of(model)

    assert room == 128 - (2 if kind in ROBERTAS else 0)
    with torch.inference_mode():
        model(input_ids=torch.full((1, room), 5), use_cache=False)
        with pytest.raises((IndexError, RuntimeError)):
            model(input_ids=torch.full((1, room + 1), 5), use_cache=False)


HALF = "tom has \ud83d apples"


@pytest.mark.parametrize(
    "request_",
    [
        GenerationRequest(HALF, 4),
        GenerationRequest(HALF + " <end>", 4),
        GenerationRequest(HALF, 4, chat=False),
        LogLikelihoodRequest(HALF, " yes"),
        LogLikelihoodRequest("tom", HALF),
        LogLikelihoodRequest("tom", HALF, chat=True),
        NextTokenRequest(HALF, ("1", "2")),
        NextTokenRequest("tom", (HALF, "2")),
    ],
    ids=ascii,
)
def test_half_of_a_character_is_refused_in_a_sentence(tiny, request_):
    """Whatever is asked, and wherever it stands; the whole character is asked as it is."""
    with pytest.raises(BadInput, match=r"tom has .ud83d apples.* has half of a character at place \d+ "):
        rendered(request_, tiny.tokenizer)


def test_a_whole_character_beyond_the_first_plane_is_text(tiny):
    """Two halves that belong together are one character when JSON is read."""
    assert rendered(GenerationRequest("tom has \U0001f34e apples", 4), tiny.tokenizer)
