import pytest
import torch

from harness.models.spaces import Cosines, cosines
from harness.prune.surgery import prune_layers
from tests.conftest import random_model

PROMPT, ANSWER = [1, 5, 9, 13], [21, 34, 7]


def test_a_model_is_as_near_to_itself_as_can_be():
    """In all three spaces."""
    base = random_model("llama")

    assert cosines(base, base, PROMPT, ANSWER) == Cosines(*(pytest.approx(1.0, abs=1e-5),) * 3)


def test_cosines_are_of_the_places_where_the_answer_was_written():
    """Oracle: hidden states before the last norm and logits as transformers gives them, place by place."""
    base = random_model("llama")
    variant = prune_layers(base, [2, 5])
    places = range(len(PROMPT) - 1, len(PROMPT) + len(ANSWER))
    both = []
    for model in (base, variant):
        seen = []
        hook = model.model.norm.register_forward_pre_hook(lambda _, args, seen=seen: seen.append(args[0][0]))
        with torch.no_grad():
            logits = model(torch.tensor([[*PROMPT, *ANSWER]]), use_cache=False).logits[0]
        hook.remove()
        both.append((seen[0], logits, logits.softmax(-1)))

    def mean(space):
        one, other = (spaces[space] for spaces in both)
        found = [float(one[at] @ other[at] / (one[at].norm() * other[at].norm())) for at in places]
        return sum(found) / len(found)

    expected = Cosines(*(pytest.approx(mean(space), abs=1e-5) for space in range(3)))
    assert cosines(base, variant, PROMPT, ANSWER) == expected
    assert expected.states.expected < 0.99


def test_without_an_answer_it_is_the_place_where_one_would_begin():
    """One place, of the prompt's last token."""
    base = random_model("llama")
    variant = prune_layers(base, [2])
    whole = cosines(base, variant, PROMPT, [])

    assert -1 <= whole.states <= 1
    assert whole != cosines(base, variant, PROMPT, ANSWER)


def test_logits_are_made_only_where_they_are_compared():
    """A long prompt's own are left out: of a vocabulary of 150k a thousand tokens of them take 600 MB."""
    base, made = random_model("llama"), []
    head = base.lm_head.register_forward_hook(lambda _, args, __: made.append(args[0].shape[1]))
    cosines(base, base, [*range(3, 43)], ANSWER)
    head.remove()

    assert made == [len(ANSWER) + 1] * 2
