"""Claim 4 (paper, section 4.1): reasoning is lost in answers whose text is intact, so degeneration is not the cause."""

from harness.decide.aside import aside
from harness.decide.association import spearman_over_layers
from harness.decide.bootstrap import score_drop
from harness.probe.degeneration import degeneration
from harness.probe.scores import in_intact_text, repetition_rise, with_intact_text
from harness.tasks.pairs import paired


def test_degeneration_is_not_the_cause(subject, claim):
    """Each layer removed alone: share of the base lost in intact answers, corrected for looking at every layer."""
    limit = subject.sweep_limit
    case = claim.case("degeneration-is-not-the-cause", {"items_per_task": limit})
    tasks = case.groups["hit"]
    for base in case.race(
        case.groups, limit=limit, scored={"answered": lambda results: with_intact_text(results, results)}
    ):
        pruned = case.without_each(tasks)
        evidence = case.weigh(
            [
                {
                    "hit": case.scores("hit", in_intact_text(base, found)),
                    "answered": case.scores("answered", with_intact_text(base, found)),
                }
                for found in pruned.values()
            ]
        )

    rises, losses, layers = [], [], []
    for layer, found in pruned.items():
        pairs = paired(base, found, tasks)
        rises.append([rise for task in tasks for rise in repetition_rise(base[task], found[task])])
        losses.append([b - p for pair in pairs for b, p in zip(pair.base, pair.pruned, strict=True)])
        layers.append(
            {
                "layer": layer,
                "lost": {pair.name: score_drop(pair) for pair in pairs},
                "degeneration": {task: degeneration(found[task].outcomes) for task in tasks},
            }
        )

    case.decide(
        evidence,
        effect="share of the base's reasoning lost in intact answers without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "association_of_repetition_and_loss": aside(spearman_over_layers, rises, losses),
            "base_degeneration": {task: degeneration(base[task].outcomes) for task in tasks},
            "by_layer": layers,
        },
    )
