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
    groups = {"hit": deciding, "answered": deciding}
    for base in case.race(groups, beside=tasks, limit=limit, scored={"answered": with_number}):
        pruned = case.without_each(tasks)
        evidence = case.weigh(
            [
                {"hit": case.scores("hit", found), "answered": case.scores("answered", with_number(found))}
                for found in pruned.values()
            ]
        )

    layers, points, lost, less_likely = [], [], [], []
    for (layer, found), roles in zip(pruned.items(), evidence, strict=True):
        hit = roles["hit"]
        drops = {task: log_probabilities_lost(base[task], found[task]) for task in ARITHMETIC_LIKELIHOODS}
        points.append({"x": layer, **asdict(recovered_retention(hit, corrected=True))})
        lost.append([before - after for task in hit for before, after in zip(task.base, task.runs[0], strict=True)])
        less_likely.append(drops["arithmetic_answer"])
        layers.append(
            {
                "layer": layer,
                "accuracy": {name: result.mean for name, result in found.items()},
                "log_probability_lost": {name: aside(mean_of, drop) for name, drop in drops.items()},
            }
        )

    case.decide(
        evidence,
        effect="share of the base's arithmetic lost without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "association_of_accuracy_and_log_probability": aside(spearman_over_layers, lost, less_likely),
            "base_scores": {name: result.mean for name, result in base.items()},
            "by_layer": layers,
            "curve": {"x": "removed layer (0-based)", "y": "arithmetic retention", "points": points},
        },
    )
