from dataclasses import replace

import pytest
import torch

from harness.errors import BadInput, DoesNotFit
from harness.models.fingerprint import fingerprint
from harness.prune.apply import apply_plan
from harness.prune.plan import Blend, LayerPlan, parse_plan
from harness.prune.surgery import prune_layers
from harness.recover.corpus import Corpus
from harness.recover.recipe import RECIPES
from harness.recover.recover import checked
from harness.repair.repair import repair_named, repaired, repairs, require_plan
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.encode import plain_ids


@pytest.fixture
def pruned(tiny):
    """The tiny model without layers 5 and 6, as a model of its own."""
    model = prune_layers(tiny.model, [5, 6])
    return replace(tiny, model=model, fingerprint=fingerprint(model))


@pytest.mark.parametrize("name", repairs())
def test_every_repair_is_deterministic_and_named_by_its_weights(name, tiny, pruned):
    """Twice the same fingerprint, which is neither the base's nor the pruned model's."""
    texts = [plain_ids("ada has 3 coins . bob gives ada 4 coins . " * 8, tiny.tokenizer)] * 6
    one, other = (repaired(name, pruned, tiny.model, texts) for _ in range(2))

    assert one.fingerprint == other.fingerprint == fingerprint(one.model)
    assert one.fingerprint not in (tiny.fingerprint, pruned.fingerprint)
    assert one.depth == 10


@pytest.mark.parametrize("name", repairs())
def test_layers_that_do_nothing_cost_nothing(name, make_idle, texts, logits):
    """Whatever the repair."""
    base = make_idle("llama")
    mended = repairs()[name].function(prune_layers(base, [2, 3]), base, texts)

    assert torch.allclose(logits(mended), logits(base), atol=1e-5)


def test_every_recipe_that_trains_nothing_is_a_repair_and_the_other_way_round():
    """`--recipe replace-me` is what `--repair replace_me` is."""
    assert {recipe.repair for recipe in RECIPES.values() if not recipe.has_training} == set(repairs())


def test_an_unknown_repair_is_named_beside_those_that_there_are():
    """Before anything is calculated."""
    with pytest.raises(
        BadInput, match="repair 'glue' is unknown; use one of bias, linear_patch, low_rank, norm, prune_and_comp"
    ):
        repair_named("glue")


def test_a_plan_without_cuts_has_no_repair(tiny):
    """Nothing is missing."""
    whole = replace(tiny, model=apply_plan(tiny.model, LayerPlan.full(12)))
    with pytest.raises(BadInput, match="lacks no layer"):
        repaired("norm", whole, tiny.model, [[1, 2, 3]])


BLENDED = LayerPlan((0, 1, 2, 3, 4, 7, 8, 9, 10, 11), 12, blends=(Blend(4, ((4, 1.0), (5, 1.0), (3, -1.0))),))
NOT_WHOLE = [(BLENDED, "5-6,blend4"), (parse_plan("5,mlp9", 12), "5,mlp9"), (parse_plan("attn3", 12), "attn3")]


@pytest.mark.parametrize(("plan", "described"), NOT_WHOLE, ids=lambda given: given if isinstance(given, str) else "")
@pytest.mark.parametrize("recipe", [False, True], ids=["repair", "recipe"])
def test_a_plan_of_more_than_whole_layers_has_no_repair(recipe, plan, described, tiny):
    """Blends and units change what the map was measured on: the map would be folded into another model's MLP."""
    subject = Subject(tiny, "tiny", Bundled(), 16, None)
    ask = {
        False: lambda: subject.repaired(plan, "norm"),
        True: lambda: subject.recoveries.recover(plan, Corpus("none", ()), 0, recipe=RECIPES["norm"]),
    }[recipe]
    with pytest.raises(BadInput, match=f"repair norm makes up for whole layers only, and the plan is {described};"):
        ask()


@pytest.mark.parametrize("text", ["5-6,mlp9", "5-6,attn9", "blend"])
def test_a_variant_of_which_more_is_gone_has_no_repair(text, tiny):
    """Whoever made it: what is left must be the base's."""
    model = apply_plan(tiny.model, BLENDED if text == "blend" else parse_plan(text, 12))
    with pytest.raises(BadInput, match=r"and \S+ of layer [49] is gone or changed too"):
        repaired("norm", replace(tiny, model=model), tiny.model, [[1, 2, 3]])


@pytest.mark.parametrize("name", repairs())
def test_who_needs_a_layer_before_the_cut_says_so_from_the_plan_alone(name):
    """And it is a misfit, which another repair may not be."""
    plan = parse_plan("0-1,5", 12)
    if name in ("norm", "prune_and_comp"):
        assert require_plan(name, plan) is None
        return
    with pytest.raises(DoesNotFit, match="nothing is left before layer 2: the plan is 0-1,5; keep layer 0"):
        require_plan(name, plan)


def test_a_recipe_is_its_repair_on_the_first_examples_of_the_corpus(tiny):
    """64 of them at most, as they are trained on elsewhere; nothing is fitted by gradients."""
    subject, plan, recipe = Subject(tiny, "tiny", Bundled(), 16, None), LayerPlan.without((5, 6), 12), "replace-me"
    corpus = subject.recoveries.corpus("gold-word-problems", recipe=RECIPES[recipe])
    (found,) = subject.recoveries.recover(plan, corpus, 0, recipe=RECIPES[recipe])
    examples, _, _ = checked(subject.variants.pruned(plan), corpus, RECIPES[recipe], thinking=False)
    texts = [example.ids for example in examples[:64]]

    assert found.fingerprint == repaired("replace_me", subject.variants.pruned(plan), tiny.model, texts).fingerprint
    assert found.recovery.fit is None
    assert len(examples) > 64
