"""Claim 12 (paper, section 4.1): there are layers whose removal degenerates text; whether it explains what is lost."""

from statistics import fmean

from harness.decide.aside import aside
from harness.decide.drops import mean_score
from harness.decide.seeds import remaining_loss
from harness.probe.degeneration import losses_by_text
from harness.probe.scores import repetition_rise, with_degenerate_text, with_text
from harness.tasks.pairs import seeded


def explanation(base, pruned, tasks):
    """Of the items lost, the share whose text is degenerate; and how many are lost among each kind of text."""
    by_task = [losses_by_text(base[task], pruned[task]) for task in tasks]
    by_text = {name: tuple(score for kinds in by_task for score in kinds[name]) for name in by_task[0]}
    degenerate_of_lost = tuple(float(name == "degenerate") for name, lost in by_text.items() for each in lost if each)
    return {
        "degenerate_of_lost": mean_score([degenerate_of_lost]) if degenerate_of_lost else None,
        "lost_of": {name: mean_score([lost]) for name, lost in by_text.items() if lost},
    }


def test_reverse_pattern(subject, claim):
    """Each layer removed alone: rise of the share of degenerate answers, corrected for looking at every layer."""
    limit = subject.sweep_limit
    case = claim.case("reverse-pattern", {"items_per_task": limit})
    tasks = case.groups["degenerate"]
    scored = {"degenerate": lambda results: with_degenerate_text(results, results), "answered": with_text}
    for base in case.race(case.groups, limit=limit, scored=scored):
        pruned = case.without_each(tasks)
        evidence = case.weigh(
            [
                {
                    "degenerate": case.scores("degenerate", with_degenerate_text(base, found)),
                    "answered": case.scores("answered", with_text(found)),
                }
                for found in pruned.values()
            ]
        )

    level, minimum = case.design.level(subject.loaded.depth), case.design.minimum
    layers = [
        {
            "layer": layer,
            "rise": case.design.effect(roles, level),
            "lost": aside(remaining_loss, seeded(base, [found], tasks), level.confidence, corrected=True),
            "repetition_rise": {task: fmean(repetition_rise(base[task], found[task])) for task in tasks},
            **explanation(base, found, tasks),
        }
        for (layer, found), roles in zip(pruned.items(), evidence, strict=True)
    ]

    case.decide(
        evidence,
        effect="share of degenerate answers, rise without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "by_layer": layers,
            "layers_degenerate_without_loss": [
                row["layer"]
                for row in layers
                if row["rise"].low > minimum and getattr(row["lost"], "high", 1) < minimum
            ],
        },
    )
