"""What fits a model, against the model itself."""

import pytest
import torch

from harness.models.tiny_random import tiny_random
from harness.score.encode import room_of

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
