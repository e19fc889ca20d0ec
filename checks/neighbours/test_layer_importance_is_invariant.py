"""Layer Importance ... Invariant (2506.22638): the same layers are critical in several states of one model."""

import pytest

from harness.decide.aside import aside
from harness.decide.association import spearman_over_layers
from harness.decide.effects import losses_by_layer
from harness.errors import BadInput
from harness.models.vocabulary import asked_with
from harness.recover.merge import merged

from .sweeps import by_layer


def asked(claim, subject, params):
    """The claim's case, with the base asked, and what it was asked."""
    case = claim.case("layer-importance-is-invariant", params | {"items_per_task": subject.sweep_limit})
    return case, list(case.base(case.groups, limit=subject.sweep_limit))


def layers_of(subject, tasks):
    """A model's own results, and one SeededTask a removed layer, over the items of all its reasoning."""
    base = subject.evaluate(subject.whole, tasks, subject.sweep_limit)
    return base, by_layer(base, dict(subject.evaluate_without_each(tasks)), tasks)


def decide(case, states, now, deciding, effect, measurements=None):
    """Correlate every state of `states` with `now`; the state `deciding` decides. Rows are of the same layers."""
    rows = {name: losses_by_layer(layers) for name, (_, layers) in {**states, "now": now}.items()}
    case.decide(
        {"one": states[deciding][1], "other": now[1]},
        effect=f"Spearman's correlation of what layers are worth, net of noise, {effect}",
        results={"base": now[0]} | {name: results for name, (results, _) in states.items()},
        measurements={
            "agreement": {name: aside(spearman_over_layers, rows[name], rows["now"]) for name in states},
            "lost_by_layer": {name: [sum(row) / len(row) for row in table] for name, table in rows.items()},
        }
        | (measurements or {}),
    )


@pytest.mark.neighbour
def test_layer_importance_is_invariant(subject, earlier, claim):
    """Half of the training against its end; beside it a quarter."""
    case, tasks = asked(claim, subject, {})
    states = {f"at {name}": layers_of(state, tasks) for name, state in earlier.items()}
    decide(case, states, layers_of(subject, tasks), "at 50 %", "50 % and 100 % of training")


@pytest.mark.neighbour
@pytest.mark.trains(1)
def test_layer_importance_after_recovery(subject, method, ratio, claim):
    """The recovered model against the unpruned one, over the layers that both have; beside it, not recovered."""
    case, tasks = asked(claim, subject, {"method": method, "ratio": ratio})
    plan = subject.plan(method, ratio)
    recovered = subject.recoveries.standard(plan)
    folded = merged(recovered) if recovered.recovery.recipe.has_adapter else recovered
    states = {
        "recovered": layers_of(subject.of(folded), tasks),
        "pruned": layers_of(subject.of(subject.variants.pruned(plan)), tasks),
    }
    base, layers = layers_of(subject, tasks)
    decide(
        case,
        states,
        (base, [layers[layer] for layer in plan.kept]),
        "recovered",
        f"unpruned and recovered without {plan.describe()}",
        {"kept_layers": plan.kept, "recovery": recovered.recovery},
    )


@pytest.mark.neighbour
def test_layer_importance_in_a_related_checkpoint(subject, related, claim):
    """A checkpoint named by `--related` (base, instruct, distilled) against the model under test."""
    name, words = related.loaded.label, asked_with(related.loaded, subject.loaded)
    if related.loaded.depth != subject.loaded.depth:
        raise BadInput(
            f"--related {related.loaded.reference.text}: has {related.loaded.depth} layers, expected the "
            f"{subject.loaded.depth} of {subject.loaded.label}; name a checkpoint of the same architecture"
        )
    case, tasks = asked(claim, subject, {"related": name})
    states = {name: layers_of(related, tasks)}
    decide(case, states, layers_of(subject, tasks), name, f"here and in {name} ({words})", {"asked_with": words})
