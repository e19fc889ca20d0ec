"""What a variant costs beside its base."""

import itertools

import pytest

from harness.prune.surgery import prune_layers
from harness.score.cost import PROMPT, REPEATS, ROWS, STEPS, side_by_side, sizes


@pytest.fixture(scope="module")
def pair(make_random):
    """A random six-layer model and the same without two layers."""
    base = make_random("llama")
    return {"base": base, "without 1,2": prune_layers(base, [1, 2])}


class Clock:
    """Tells that each look at it took so long, model by model, in the order in which they are asked."""

    def __init__(self, *seconds):
        self.seconds, self.time = itertools.cycle(seconds), 0.0

    def __call__(self):
        """Seconds since whenever."""
        self.time += next(self.seconds)
        return self.time


def test_parameters_and_bytes_are_those_of_the_tensors(pair):
    """A third of the layers gone is a third of their parameters gone; float32 has four bytes."""
    found = sizes(pair)
    per_layer = sum(parameter.numel() for parameter in pair["base"].model.layers[0].parameters())

    assert found["base"].parameters == sum(parameter.numel() for parameter in pair["base"].parameters())
    assert found["base"].parameters - found["without 1,2"].parameters == 2 * per_layer
    assert found["base"].bytes - found["without 1,2"].bytes == 2 * per_layer * 4
    assert (found["base"].prefill, found["base"].decode) == (None, None)


def test_speeds_are_tokens_per_second_of_the_counted_repeats(pair):
    """Prompt tokens over the prefill's seconds, written ones over the decode's; shared by both on a steady clock."""
    found = side_by_side(pair, clock=Clock(1.0, 2.0, 4.0))

    for cost in found.values():
        assert cost.prefill == pytest.approx(ROWS * PROMPT / 2.0)
        assert cost.decode == pytest.approx(ROWS * STEPS / 4.0)
    assert found["base"].parameters == sizes(pair)["base"].parameters


def test_the_first_turn_does_not_count_and_the_median_decides(pair):
    """A cold start and one interruption leave the figures as they are."""
    steady, cold, interrupted = (0.0, 1.0, 1.0), (0.0, 50.0, 50.0), (0.0, 9.0, 9.0)
    turns = [cold, cold, steady, interrupted, steady, steady, steady, steady]
    assert len(turns) == 2 * (REPEATS + 1)

    found = side_by_side(pair, clock=Clock(*itertools.chain(*turns)))

    assert [cost.prefill for cost in found.values()] == [ROWS * PROMPT / 1.0] * 2


def test_models_take_turns_and_nobody_is_always_first(pair, monkeypatch):
    """Whoever goes first in one repeat goes second in the next."""
    asked = []
    monkeypatch.setattr("harness.score.cost._speeds", lambda model, _: asked.append(model) or (1.0, 1.0))
    side_by_side(pair, repeats=3)

    base, pruned = pair.values()
    assert [model is base for model in asked] == [False, True, True, False, False, True, True, False]
    assert {id(model) for model in asked} == {id(base), id(pruned)}


def test_a_model_that_cannot_be_timed_ends_no_check(pair, monkeypatch):
    """Hours of answers are not lost to a side measurement: the sizes stay."""
    monkeypatch.setattr("harness.score.cost._speeds", lambda *_: 1 / 0)

    assert side_by_side(pair) == sizes(pair)


def test_a_short_room_is_kept_to(make_random):
    """Prompt and answer together fit the model's input."""
    model = make_random("llama")
    model.config.max_position_embeddings = 20
    found = side_by_side({"base": model}, repeats=1, clock=Clock(0.0, 1.0, 1.0))

    assert found["base"].prefill == ROWS * (20 - STEPS)


@pytest.mark.parametrize("decoding", ["padded", "single", "uncached"])
def test_a_family_is_written_on_as_it_can_be(make_random, decoding, monkeypatch):
    """Without a cache everything is computed anew; one that cannot be batched is asked alone."""
    from harness.score.abilities import Abilities

    model = make_random("llama")
    monkeypatch.setattr("harness.score.cost.abilities_of", lambda _: Abilities("shared", decoding))
    found = side_by_side({"base": model}, repeats=1, clock=Clock(0.0, 1.0, 1.0))["base"]

    assert found.prefill == (1 if decoding == "single" else ROWS) * PROMPT
