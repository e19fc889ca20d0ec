"""Sets of plans, who answers for their variants, and what they are asked."""

from dataclasses import replace

from hypothesis import strategies as st

from harness.prune.apply import apply_plan
from harness.prune.plan import UNITS, Blend, LayerPlan
from harness.score.scorer import Scorer
from harness.text.requests import GenerationRequest, Sampling

PROMPTS = ("close : ( [", "tom has 3 apples .", "who has red shoes ?", "the old grey horse of the farm lives in", "2")
ASKED = [GenerationRequest(prompt, 12, chat=False) for prompt in PROMPTS]


def without_each(model):
    """Plans that remove one layer."""
    depth = model.config.num_hidden_layers
    return [LayerPlan.without((layer,), depth) for layer in range(depth)]


def scorers(model, tokenizer, plans=None, **options):
    """A scorer of the base, and by plan one of every variant, with stores of their own."""
    plans = without_each(model) if plans is None else plans
    return Scorer(model, tokenizer, **options), {
        plan: Scorer(apply_plan(model, plan), tokenizer, **options) for plan in plans
    }


@st.composite
def any_plans(draw, depth=12):
    """A few plans of whole layers, single units and blends."""
    plans = set()
    for _ in range(draw(st.integers(1, 5))):
        unit = st.tuples(st.integers(0, depth - 1), st.sampled_from(UNITS))
        layers = draw(st.sets(st.integers(0, depth - 1), max_size=depth - 1))
        units = {(layer, unit) for layer in layers for unit in UNITS} | draw(st.sets(unit, max_size=3))
        if len({layer for layer, _ in units if all((layer, u) in units for u in UNITS)}) == depth:
            continue
        plan = LayerPlan.without_units(units, depth)
        if draw(st.booleans()):
            mixed = draw(st.sampled_from(plan.kept))
            plan = replace(plan, blends=(Blend(mixed, ((mixed, 0.5), (draw(st.integers(0, depth - 1)), 0.5))),))
        plans.add(plan)
    return sorted(plans, key=repr)


def kept(scorer, requests):
    """What a scorer has of requests, without asking it anew."""
    return [scorer.store.get(key) for key in scorer.keys(requests)]


def requests(most):
    """Requests of many kinds, of up to so many new tokens: stop texts, draws, limits."""
    sampling = st.builds(Sampling, st.just(1.0), st.sampled_from([0.9, 1.0]), st.integers(0, 9))
    return st.builds(
        GenerationRequest,
        st.sampled_from(PROMPTS),
        st.integers(1, most),
        chat=st.just(False),
        stop=st.sampled_from([(), (" e",), ("a", " .")]),
        sampling=st.none() | sampling,
    )
