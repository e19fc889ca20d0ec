"""What every registered method promises."""

import math
from dataclasses import replace

import pytest

import harness.methods  # noqa: F401  # registers them
from harness.methods.method import METHODS
from harness.methods.published import NAMES
from harness.methods.rank import rank_layers
from harness.prune.apply import apply_plan

OURS = sorted({*METHODS} - {*NAMES})  # the paper's sets are for the paper's models only
TOO_DEEP = {name for name in OURS if name.endswith("_guarded")}  # keep 6 layers, all that the small model has


def favours_the_middle(plan):
    """A score without ties that falls with every layer, and is at the dense level for one."""
    return 1.05 - 0.05 * len(plan.removed) + 0.001 * sum(abs(layer - 2) for layer in plan.kept)


def ranked(name, loaded, texts, n=2):
    return rank_layers(name, loaded, n, texts, seed=1, score=favours_the_middle)


def test_what_methods_ask_of_the_model():
    """Callers pass scores and texts by these declarations; whatever is not listed asks for forward passes."""
    needs = {
        "nothing": {"reverse", "deepest_but_last", "random", "magnitude_l1", "magnitude_l2", "magnitude_guarded"},
        "gradients": {"taylor", "taylor_guarded"},
        "task_scores": {"greedy_task", "tale_best", "tale_bsba"},
    }
    for declared, names in needs.items():
        assert {name for name in OURS if METHODS[name].needs == declared} == names
    assert {name for name in OURS if METHODS[name].may_stop_early} == {"tale_best", "tale_bsba"}


@pytest.mark.parametrize("name", [name for name in OURS if name not in TOO_DEEP])
def test_every_method_keeps_its_contract(small, texts, name):
    """It removes as much as it is asked for, the same for the same seed, and the plan makes a model that runs."""
    import torch

    ranking = ranked(name, small, texts)

    assert ranking == ranked(name, small, texts)
    assert ranking.method == name
    early = METHODS[name].may_stop_early
    assert ranking.plan.units_removed == 4 or (early and 0 < ranking.plan.units_removed < 4)
    assert ranking.scores is None or len(ranking.scores) == small.depth
    with torch.inference_mode():
        assert apply_plan(small.model, ranking.plan)(torch.tensor([[1, 2, 3]])).logits.isfinite().all()


@pytest.mark.parametrize("name", [name for name in OURS if METHODS[name].needs != "nothing" and name not in TOO_DEEP])
def test_no_method_touches_the_base(small, texts, name):
    """Weights stay bit for bit, no flag is changed, no gradient and no hook is left."""
    before = {key: value.clone() for key, value in small.model.state_dict().items()}
    flags = [parameter.requires_grad for parameter in small.model.parameters()]
    ranked(name, small, texts, n=1)

    after = small.model.state_dict()
    assert all(before[key].equal(after[key]) for key in before)
    assert flags == [parameter.requires_grad for parameter in small.model.parameters()]
    assert all(parameter.grad is None for parameter in small.model.parameters())
    assert not any(module._forward_hooks for module in small.model.modules())
    assert small.depth == len(small.model.model.layers) == 6


@pytest.mark.parametrize("family", ["qwen2", "gemma2"])
@pytest.mark.parametrize("name", [name for name in OURS if METHODS[name].needs in ("forward", "gradients")])
def test_methods_work_on_other_families_in_bfloat16(small, make_random, texts, name, family):
    """Biases, post-norms and half precision are no obstacle; one layer's worth goes."""
    import torch

    model = make_random(family, depth=8, vocabulary=562).to(torch.bfloat16)
    ranking = ranked(name, replace(small, model=model), texts, n=1)

    assert ranking.plan.units_removed == 2
    assert all(math.isfinite(value) for value in (*(ranking.scores or ()), *(value for _, value in ranking.trace)))
