from dataclasses import replace

import pytest

from harness.methods.finercut import first_free
from harness.methods.rank import rank_layers, registered
from harness.models.passes import counted_passes
from harness.prune.surgery import prune_layers, share
from harness.text.encode import plain_ids

TEXTS = [f"tom has 5 apples . tom buys 5 more . {n}" for n in range(8)]


def test_passes_of_the_base_and_of_variants_count(tiny):
    """Also those below the output layer; nothing is counted before or after."""
    import torch

    ids = torch.tensor([[2, 5, 6], [2, 7, 8]])
    with torch.inference_mode():
        tiny.model(ids)
        with counted_passes(tiny.model) as passes:
            tiny.model(ids)
            prune_layers(tiny.model, [3])(ids[:, :2])
            tiny.model.base_model(ids[:1])
        tiny.model(ids)

    assert (passes.count, passes.tokens) == (3, 6 + 4 + 3)


DROPS = ("block_pruner", "greedy_nll")
"""Searches that drop who can no longer win: what they declare is the most that they take."""


@pytest.mark.parametrize("name", [name for name, method in registered().items() if method.passes is not None])
def test_a_method_costs_what_it_declares(tiny, name):
    """Its passes over the texts, counted, but for probes of two tokens.

    One per layer whose units go (`prune.units`), two before a stream is scaled (`prune.compensation`).
    """
    untried = replace(tiny, model=share(tiny.model))
    with counted_passes(tiny.model) as passes:
        rank_layers(name, untried, 3, TEXTS)

    declared, tokens = registered()[name].passes(12, 3), sum(len(plain_ids(text, tiny.tokenizer)) for text in TEXTS)
    free = tiny.depth - first_free(tiny.depth, 0)
    probes = {"block_pruner": tiny.depth, "finercut": free, "prune_and_comp": 2}.get(name, 0)
    most = declared * len(TEXTS) + probes, declared * tokens + 2 * probes
    if name in DROPS:
        assert 0.5 * most[0] < passes.count < most[0]
        assert 0.5 * most[1] < passes.tokens < most[1]
    else:
        assert (passes.count, passes.tokens) == most


def test_every_pass_is_told(tiny):
    """For a progress bar."""
    told = []
    with counted_passes(tiny.model, lambda: told.append(None)) as passes:
        rank_layers("perplexity", tiny, 3, TEXTS)

    assert len(told) == passes.count == 13 * len(TEXTS)
