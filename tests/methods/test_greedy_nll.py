"""SLEB."""

import math

import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.prune.surgery import skip_by_hook


def test_the_published_loop(small, texts, rows):
    """Each step drops the layer of the lowest total NLL, found by switching layers off one combination at a time."""
    import torch

    removed, totals = [], []
    for _ in range(3):
        found = {}
        for layer in range(1, small.depth - 1):
            if layer in removed:
                continue
            with skip_by_hook(small.model, [*removed, layer]), torch.no_grad():
                found[layer] = sum(
                    float(
                        torch.nn.functional.cross_entropy(
                            small.model(torch.tensor([row]), use_cache=False).logits[0, :-1],
                            torch.tensor(row[1:]),
                            reduction="sum",
                        )
                    )
                    for row in rows
                )
        removed.append(min(found, key=found.get))
        totals.append(found[removed[-1]])
    ranking = rank_layers("greedy_nll", small, 3, texts)
    tokens = sum(len(row) - 1 for row in rows)

    assert ranking.layers == tuple(removed)
    assert [value for _, value in ranking.trace] == pytest.approx([math.exp(t / tokens) for t in totals], rel=1e-4)


def test_first_and_last_never_go(small, texts):
    """All four others can go; a fifth is refused."""
    assert set(rank_layers("greedy_nll", small, 4, texts).layers) == {1, 2, 3, 4}
    with pytest.raises(BadInput, match="5 are to be removed of 4 that may go"):
        rank_layers("greedy_nll", small, 5, texts)


def test_of_equal_losses_the_smaller_index_goes(small, monkeypatch):
    """As in the released loop, which goes up from layer 1 and replaces on strictly less."""
    ties = (lambda _: lambda places, _: [-1.0] * len(places), 1)
    monkeypatch.setattr("harness.methods.greedy_nll.rivals", lambda *_: ties)

    assert rank_layers("greedy_nll", small, 3, ["a"]).layers == (1, 2, 3)
