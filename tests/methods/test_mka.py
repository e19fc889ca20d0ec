"""The deepest layers merged pairwise."""

import math

import numpy as np
import pytest

from harness.errors import BadInput
from harness.methods.mka import likeness, top_blend
from harness.methods.rank import rank_layers
from harness.methods.tools.diffusion_map import diffusion_map, ranked
from harness.methods.tools.mutual_information import entropy, mutual_information
from harness.prune.apply import apply_plan
from harness.prune.plan import Blend, LayerPlan


def test_one_merge_is_the_papers_formula():
    """theta* = a theta_l + (1 - a) theta_m, a the sigmoid of l's share of the two likenesses."""
    a = 1 / (1 + math.exp(-0.3 / (0.3 + 0.6)))

    assert top_blend([0.9, 0.3, 0.6], 1) == Blend(1, ((1, pytest.approx(a)), (2, pytest.approx(1 - a))), own_norms=True)


def test_merges_are_merged_again(small):
    """Two steps on the state dict: 5 into 4, and the result into 3; coefficients add up to one."""
    import torch

    rows = [0.2, 0.4, 0.5, 0.3, 0.7, 0.6]
    blend = top_blend(rows, 2)
    layers = [layer.state_dict() for layer in small.model.model.layers]

    def ratio(lower, upper):
        share = rows[lower] / (rows[lower] + rows[upper])
        return math.exp(share) / (1 + math.exp(share))

    expected = {}
    for key in layers[0]:
        first = ratio(4, 5) * layers[4][key] + (1 - ratio(4, 5)) * layers[5][key]
        expected[key] = ratio(3, 4) * layers[3][key] + (1 - ratio(3, 4)) * first
    variant = apply_plan(small.model, LayerPlan((0, 1, 2, 3), 6, blends=(blend,)))

    assert sum(weight for _, weight in blend.of) == pytest.approx(1)
    for key, value in variant.model.layers[3].state_dict().items():
        own = "norm" in key
        assert torch.allclose(layers[3][key] if own else expected[key], value, atol=1e-6), key


def test_likeness_is_the_formula_written_out():
    """Mean mutual information over the four pairs of coordinates, over sqrt(|H_i H_j|), the same both ways."""
    states = np.random.default_rng(0).standard_normal((3, 20, 5)) * np.array([1, 5, 20])[:, None, None]
    points = [ranked(diffusion_map(samples)) for samples in states]
    found = likeness(states, seed=0)

    assert found == pytest.approx(found.T)
    for i in range(3):
        for j in range(i, 3):
            shared = sum(mutual_information(points[i][:, d], points[j][:, e], 5, 0) for d in (0, 1) for e in (0, 1)) / 4
            expected = shared / math.sqrt(abs(entropy(points[i], 19) * entropy(points[j], 19)))
            assert found[i, j] == pytest.approx(expected)


def test_a_layer_is_most_like_itself():
    """And like another that is the same up to a turn of the space."""
    draw = np.random.default_rng(0)
    samples = draw.standard_normal((24, 6)) * 4
    turned = samples @ np.linalg.qr(draw.standard_normal((6, 6)))[0]
    found = likeness(np.stack([samples, turned, draw.standard_normal((24, 6)) * 4]), seed=0)

    assert found[0, 0] > 3 * found[0, 2]
    assert found[0, 1] == pytest.approx(found[0, 0], rel=0.05)


def test_the_deepest_go_and_the_new_top_is_blended(small, texts):
    """Whatever the likenesses are; norms stay the layer's own."""
    plan = rank_layers("mka", small, 2, texts).plan

    assert plan.describe() == "4-5,blend3"
    (blend,) = plan.blends
    assert [source for source, _ in blend.of] == [3, 4, 5]
    assert blend.own_norms


def test_too_few_texts_are_refused(small, texts):
    """Nearest neighbours of five samples need more than seven."""
    with pytest.raises(BadInput, match="mka was given 7 calibration texts; it needs at least 8"):
        rank_layers("mka", small, 1, texts[:7])
