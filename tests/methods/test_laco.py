"""Layers merged into the one below."""

import copy
from itertools import chain

import pytest

from harness.errors import BadInput
from harness.methods import laco
from harness.methods.laco import as_released, as_written, plan_of, scan
from harness.methods.rank import rank_layers
from harness.prune.apply import apply_plan
from harness.prune.plan import Blend, LayerPlan

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def whole(depth):
    return tuple(Blend(layer, ((layer, 1.0),)) for layer in range(depth))


def merged_twice(merge):
    """Six layers: 3, 4, 5 into 3, then 2 and the result into 2."""
    stack = whole(6)
    stack = (*stack[:3], merge(stack[3:6]))
    return plan_of((*stack[:2], merge(stack[2:4])), 6)


def test_the_formula_as_written(small):
    """theta_l* = theta_l + sum of (theta_l+k - theta_l) on the state dict, merges of merges too, norms included."""
    import torch

    def layer(index):
        return small.model.model.layers[index].state_dict()

    first = {k: layer(3)[k] + (layer(4)[k] - layer(3)[k]) + (layer(5)[k] - layer(3)[k]) for k in layer(3)}
    second = {k: layer(2)[k] + (first[k] - layer(2)[k]) for k in first}
    variant = apply_plan(small.model, merged_twice(as_written))

    assert len(variant.model.layers) == 3
    for key, value in variant.model.layers[2].state_dict().items():
        assert torch.allclose(second[key], value, atol=1e-5), key


def test_the_released_loop_telescopes(small):
    """Adding theta_l+k - theta_l* to the moving theta_l*, weight by weight, is what `laco_released` gives."""
    import torch

    def released(model, base, count):
        twin = copy.deepcopy(model)
        for other in range(base + 1, base + 1 + count):
            for name, weight in twin.model.layers[base].named_parameters():
                if name.split(".")[-2] in LINEAR:
                    weight.data.add_(model.model.layers[other].get_parameter(name).data - weight.data)
        for other in range(base + count, base, -1):
            del twin.model.layers[other]
        return twin

    expected = released(released(small.model, 3, 2), 2, 1)
    variant = apply_plan(small.model, merged_twice(as_released))

    for key, value in expected.model.layers.state_dict().items():
        assert torch.allclose(value, variant.model.layers.state_dict()[key], atol=1e-6), key
    ids = torch.tensor([[1, 2, 3, 4]])
    with torch.no_grad():
        assert torch.allclose(expected(ids, use_cache=False).logits, variant(ids).logits, atol=1e-4)


def test_written_and_released_differ(small):
    """The sum as written is not what the released code computes."""
    assert as_written(whole(3)) == Blend(0, ((0, -1.0), (1, 1.0), (2, 1.0)))
    assert as_released(whole(3)) == Blend(0, ((2, 1.0),), own_norms=True)


def released_scan(depth, interval, most, threshold, similarity):
    """The notebook's while loop on lists of original layers, without a limit on how many go."""
    stack, layer, accepted = [[index] for index in range(depth)], depth - 1 - most, []
    while layer >= 0:
        count = min(most - 1, len(stack) - layer - 1)
        tried = [*stack[:layer], list(chain(*stack[layer : layer + count + 1])), *stack[layer + count + 1 :]]
        if similarity([group[0] for group in tried]) > threshold:
            if len(tried) < len(stack):
                accepted.append([group[0] for group in tried])
            stack = tried
            layer -= interval
            if layer >= len(stack):
                layer = len(stack) - 1 - most
        else:
            layer -= 1
    return accepted


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.6, 0.9])
def test_the_scan_is_the_notebooks_until_enough_is_gone(threshold):
    """40 layers, at most 7 to one, interval 1: the same merges as the released loop, as long as it may go on."""

    def similarity(kept):
        return (hash(tuple(kept)) % 1000) / 1000 if len(kept) < 40 else 1.0

    expected = released_scan(40, 1, 7, threshold, similarity)
    mine = list(scan(40, 20, threshold, as_written, lambda plan: similarity(plan.kept)))
    depths = [len(plan.kept) for plan, _ in mine]
    full = [kept for kept in expected if len(kept) >= 20]

    assert [list(plan.kept) for plan, _ in mine][: len(full)] == full
    assert all(cosine > threshold for _, cosine in mine)
    assert not depths or min(depths) >= 20


def test_the_strictest_threshold_that_removes_enough_is_used(small, monkeypatch):
    """A merge at layer 0 keeps the direction best, so it is taken although the scan meets others first."""
    asked = []

    def similarity(loaded, texts):
        def rate(plan):
            asked.append(plan)
            return 0.97 if plan.blends[0].layer == 0 else 0.5

        return rate

    monkeypatch.setattr(laco, "_similarity", similarity)
    ranking = rank_layers("laco", small, 2, ["a"])

    assert ranking.plan.describe() == "1-2,blend0"
    assert [plan.describe() for plan in asked] == ["3-4,blend2", "2-3,blend1", "1-2,blend0"]


@pytest.mark.parametrize("name", ["laco", "laco_released"])
@pytest.mark.parametrize("n", [1, 3, 4])
def test_exactly_n_layers_go(small, texts, name, n):
    """Whatever the cosines are; the trace ends with the plan and has its cosine."""
    import torch

    ranking = rank_layers(name, small, n, texts)
    described, cosine = ranking.trace[-1]

    assert len(ranking.layers) == n
    assert described == ranking.plan.describe()
    variant, cosines = apply_plan(small.model, ranking.plan), []
    with torch.no_grad():
        for text in texts[:5]:
            ids = torch.tensor([small.tokenizer(text).input_ids])
            a, b = (model.model(ids)[0].flatten().double() for model in (small.model, variant))
            cosines.append(float(a @ b / (a.norm() * b.norm())))
    assert cosine == pytest.approx(sum(cosines) / len(cosines), abs=1e-4)


def test_no_texts_are_refused(small):
    """There is nothing to compare final states on."""
    with pytest.raises(BadInput, match="no calibration texts"):
        rank_layers("laco", small, 1, [])


def test_an_unmerged_stack_changes_nothing():
    """A plan without merges is the whole model."""
    assert plan_of(whole(4), 4) == LayerPlan.full(4)


def test_more_than_a_scan_can_merge_is_refused(small, texts, monkeypatch):
    """With two layers to one, a single scan from the top of six layers merges four away at most."""
    monkeypatch.setattr(laco, "MOST_MERGED", 2)
    assert len(rank_layers("laco", small, 4, texts).layers) == 4
    with pytest.raises(BadInput, match="laco cannot merge away 5 of 6 layers in one scan from the top"):
        rank_layers("laco", small, 5, texts)
