"""What Matters in Transformers (2406.15786): attention goes for little, MLPs do not."""

import pytest

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count

UNITS = {"attention": ("llm_drop_attention", "attn"), "mlps": ("llm_drop_mlp", "mlp")}


def without_units(subject, method, unit, count):
    """The plan without the `count` units of one kind that turn the stream least; of equal ones the shallower goes."""
    distances = subject.ranking(method, 1).scores  # of every layer, whatever the count
    gone = sorted(range(subject.loaded.depth), key=distances.__getitem__)[:count]
    return LayerPlan.without_units([(layer, unit) for layer in gone], subject.loaded.depth)


@pytest.mark.neighbour
def test_attention_costs_less_than_mlps(subject, ratio, claim):
    """Retention of generation without the attention of a share of the layers minus without as many MLPs."""
    case = claim.case("attention-costs-less-than-mlps", {"ratio": ratio})
    count = layer_count(ratio, subject.loaded.depth)
    plans = {role: without_units(subject, *how, count) for role, how in UNITS.items()}
    for base in case.looks(case.groups):
        pruned = {role: subject.evaluate(plan, list(base), case.limit) for role, plan in plans.items()}
        evidence = case.weigh({role: case.scores(role, found) for role, found in pruned.items()})

    layers = subject.plan("block_influence_pooled", ratio)
    whole = subject.evaluate(layers, list(base), case.limit)
    case.decide(
        evidence,
        effect=f"generation retention without {count} attentions - without {count} MLPs",
        results={"base": base, **{f"without {role}": found for role, found in pruned.items()}, "without layers": whole},
        measurements={
            "removed_by": {role: plan.describe() for role, plan in plans.items()} | {"layers": layers.describe()},
            "calibrated_on": subject.choices.calibrated_on("llm_drop_attention"),
            "retention": {role: recovered_retention(tasks) for role, tasks in evidence.items()},
            "retention_without_as_many_layers": aside(recovered_retention, case.scores("attention", whole)),
        },
    )
