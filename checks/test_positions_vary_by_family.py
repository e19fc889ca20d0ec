"""Claim 13 (paper, Fig. 1): which layers reasoning misses most differs between families of models."""

from harness.decide.effects import losses_by_layer
from harness.decide.seeds import SeededTask
from harness.models.vocabulary import asked_with
from harness.tasks.pairs import common


def by_layer(subject, base, elsewhere, tasks):
    """One task a removed layer: the scores of all items that fit both models."""
    layers = []
    for layer, pruned in subject.evaluate_without_each(tasks):
        trios = [common(base[task], pruned[task], elsewhere[task]) for task in tasks]
        before, after = (tuple(score for trio in trios for score in trio[place].scores) for place in (0, 1))
        layers.append(SeededTask(str(layer), before, (after,)))
    return layers


def test_positions_vary_by_family(subject, related, claim):
    """1 - rank correlation of what the layers of two models are worth, over relative depth and net of noise."""
    name, limit = related.loaded.label, subject.sweep_limit
    case = claim.case("positions-vary-by-family", {"related": name, "items_per_task": limit})

    def elsewhere(results):
        return {
            task: related.evaluate(related.whole, [task], result.asked_for)[task] for task, result in results.items()
        }

    base = case.base(case.groups, limit=limit, scored={"other": elsewhere})
    tasks = case.tasks("one")
    other = related.evaluate(related.whole, tasks, limit)
    evidence = {"one": by_layer(subject, base, other, tasks), "other": by_layer(related, other, base, tasks)}
    lost = {
        label: [sum(row) / len(row) for row in losses_by_layer(evidence[role])]
        for label, role in ((subject.loaded.label, "one"), (name, "other"))
    }
    case.decide(
        evidence,
        effect=f"1 - rank correlation of what layers are worth, here and in {name}",
        results={"base": base, name: other},
        measurements={
            "asked_with": asked_with(related.loaded, subject.loaded),
            "lost_by_layer": lost,
            "most_missed_depth": {
                label: max(range(len(rows)), key=rows.__getitem__) / (len(rows) - 1) for label, rows in lost.items()
            },
        },
    )
