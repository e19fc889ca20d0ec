from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.methods.tools.hidden_states import hidden_states

TEXTS = ["tom has 12 apples .", "the capital of north velland is"]


def test_states_are_those_between_layers(tiny):
    """They equal transformers' hidden states, but for the last, which is taken before the final norm."""
    import torch

    for text, states in zip(TEXTS, hidden_states(tiny, TEXTS), strict=True):
        ids = torch.tensor([tiny.tokenizer(text).input_ids])
        with torch.inference_mode():
            expected = tiny.model(ids, output_hidden_states=True).hidden_states
            normed = tiny.model.model.norm(states[-1])

        assert len(states) == len(expected) == 13
        for mine, theirs in zip([*states[:-1], normed], expected, strict=True):
            assert torch.allclose(mine, theirs[0], atol=1e-5)


def test_hooks_are_removed_when_a_reader_stops_early(tiny):
    """A reader that takes one text leaves no hook behind."""
    before = [len(layer._forward_hooks) for layer in tiny.model.model.layers]
    reader = hidden_states(tiny, TEXTS)
    next(reader)
    reader.close()

    assert before == [len(layer._forward_hooks) for layer in tiny.model.model.layers]


@pytest.mark.parametrize("family", ["qwen2", "mistral", "gemma2"])
def test_every_family_has_its_states(tiny, make_random, family):
    """One state before each layer and one after the last, one row a token."""
    loaded = replace(tiny, model=make_random(family, vocabulary=562))
    (states,) = hidden_states(loaded, TEXTS[:1])

    assert [tuple(state.shape) for state in states] == [(len(tiny.tokenizer(TEXTS[0]).input_ids), 32)] * 7


def test_no_texts_are_refused(tiny):
    """There is nothing to look at."""
    with pytest.raises(BadInput, match="no calibration texts; it needs at least one"):
        next(hidden_states(tiny, []))
