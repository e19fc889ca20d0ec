"""Layer Importance ... Invariant (2506.22638): the same layers are critical in several states of one model."""

import pytest

from harness.decide.association import spearman_over_layers
from harness.models.vocabulary import asked_with
from harness.recover.merge import merged
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import REASONING

from .arms import own_answers

TITLE = "The layers that reasoning misses most are the same in two states of one model"
MINIMUM = 0.50  # Spearman's correlation; the source gives none


def losses(subject):
    """Score before minus after, per removed layer and item, with the results behind it."""
    tasks = REASONING[subject.tier]
    base = subject.evaluate(subject.whole, tasks, subject.sweep_limit)
    rows = [
        [b - p for pair in paired(base, pruned, tasks) for b, p in zip(pair.base, pair.pruned, strict=True)]
        for _, pruned in subject.evaluate_without_each(tasks)
    ]
    return base, rows


def agreement_of(rows, others):
    """Spearman's correlation; None where every layer is worth the same, as in a model that has nothing left to lose."""
    if any(len({round(sum(row), 9) for row in table}) == 1 for table in (rows, others)):
        return None
    return spearman_over_layers(rows, others)


def decide(claim, subject, states, now, deciding, effect, params, measurements=None):
    """Correlate every state of `states` with `now`; the state `deciding` decides. Rows are of the same layers."""
    agreement = {name: agreement_of(rows, now[1]) for name, (_, rows) in states.items()}
    if agreement[deciding] is None:
        pytest.skip(f"needs layers that differ: {deciding} or before, reasoning loses the same without any of them")
    claim.decide(
        "layer-importance-is-invariant",
        TITLE,
        agreement[deciding],
        effect=f"Spearman's correlation of what layers are worth, {effect}",
        unit="correlation",
        minimum=MINIMUM,
        paper=paper_figure("layer-importance-is-invariant", subject.loaded.label),
        params=params | {"items_per_task": subject.sweep_limit},
        results={"base": now[0]} | {name: results for name, (results, _) in states.items()},
        measurements={
            "agreement": agreement,
            "lost_by_layer": {
                name: [sum(row) / len(row) for row in rows] for name, (_, rows) in {**states, "now": now}.items()
            },
        }
        | (measurements or {}),
    )


@pytest.mark.neighbour
def test_layer_importance_is_invariant(subject, earlier, claim):
    """Half of the training against its end; beside it a quarter."""
    states = {f"at {name}": losses(state) for name, state in earlier.items()}
    decide(claim, subject, states, losses(subject), "at 50 %", "50 % and 100 % of training", {})


@pytest.mark.neighbour
@pytest.mark.trains(1)
def test_layer_importance_after_recovery(subject, method, ratio, claim):
    """The recovered model against the unpruned one, over the layers that both have; beside it, not recovered."""
    plan = subject.plan(method, ratio)
    recovered = subject.recover(plan, own_answers(subject), 0)[-1]
    folded = merged(recovered) if recovered.recovery.recipe.has_adapter else recovered
    states = {
        "recovered": losses(subject.of(folded)),
        "pruned": losses(subject.of(subject.pruned(plan))),
    }
    base, rows = losses(subject)
    decide(
        claim,
        subject,
        states,
        (base, [rows[layer] for layer in plan.kept]),
        "recovered",
        f"unpruned and recovered without {plan.describe()}",
        {"method": method, "ratio": ratio},
        {"kept_layers": plan.kept, "recovery": recovered.recovery},
    )


@pytest.mark.neighbour
def test_layer_importance_in_a_related_checkpoint(subject, related, claim):
    """A checkpoint named by `--related` (base, instruct, distilled) against the model under test."""
    name, words = related.loaded.label, asked_with(related.loaded, subject.loaded)
    where = f"here and in {name} ({words})"
    states, asked = {name: losses(related)}, {"asked_with": words}
    decide(claim, subject, states, losses(subject), name, where, {"related": name}, asked)
