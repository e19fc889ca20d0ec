"""Claim 11 (paper, Fig. 3): there are layers that arithmetic needs, though it needs no long generation."""

from dataclasses import asdict

from harness.decide.aside import aside
from harness.decide.association import spearman_over_layers
from harness.decide.drops import mean_of
from harness.decide.seeds import recovered_retention
from harness.probe.arithmetic import log_probabilities_lost
from harness.probe.scores import with_number
from harness.tasks.roles import questions_of
from harness.tasks.suite import ARITHMETIC, ARITHMETIC_DECIDED_BY, ARITHMETIC_LIKELIHOODS


def test_arithmetic_per_layer(subject, claim):
    """Each layer removed alone: share of the base's accuracy lost, corrected for looking at every layer."""
    deciding = [ARITHMETIC_DECIDED_BY[subject.protocol]]
    limit = questions_of("arithmetic-per-layer").items(subject.tier, subject.limit)
    tasks = list(dict.fromkeys((*ARITHMETIC, *ARITHMETIC_LIKELIHOODS)))
    case = claim.case("arithmetic-per-layer", {"items_per_task": limit})
    base = case.base(
        {"hit": deciding, "answered": deciding},
        beside=tasks,
        limit=limit,
        scored={"answered": with_number},
    )

    evidence, layers, points, lost, less_likely, results = [], [], [], [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(tasks, limit):
        hit = case.scores("hit", pruned)
        drops = {task: log_probabilities_lost(base[task], pruned[task]) for task in ARITHMETIC_LIKELIHOODS}
        evidence.append({"hit": hit, "answered": case.scores("answered", with_number(pruned))})
        points.append({"x": layer, **asdict(recovered_retention(hit, corrected=True))})
        lost.append([before - after for task in hit for before, after in zip(task.base, task.runs[0], strict=True)])
        less_likely.append(drops["arithmetic_answer"])
        layers.append(
            {
                "layer": layer,
                "accuracy": {name: result.mean for name, result in pruned.items()},
                "log_probability_lost": {name: aside(mean_of, drop) for name, drop in drops.items()},
            }
        )
        results[f"without {layer}"] = pruned

    case.decide(
        evidence,
        effect="share of the base's arithmetic lost without layer {place}",
        results=results,
        shown="without {place}",
        measurements={
            "association_of_accuracy_and_log_probability": aside(spearman_over_layers, lost, less_likely),
            "base_scores": {name: result.mean for name, result in base.items()},
            "by_layer": layers,
            "curve": {"x": "removed layer (0-based)", "y": "arithmetic retention", "points": points},
        },
    )
