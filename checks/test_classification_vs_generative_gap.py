"""Claim 1 (paper, Table 1): layer pruning spares classification and ruins generation."""

from harness.decide.aside import aside
from harness.decide.seeds import recovered_gap, recovered_retention
from harness.probe.transitions import transition_rows, transitions
from harness.subject.beside import beside_fresh
from harness.tasks.pairs import seeded


def test_classification_vs_generative_gap(subject, method, ratio, claim):
    """Retention of classification minus retention of generation, net of guessing, paired by item."""
    case = claim.case("classification-vs-generative-gap", {"method": method, "ratio": ratio})
    for base in case.looks(case.groups):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, list(base), case.limit)
        spared, hit = case.scores("spared", pruned), case.scores("hit", pruned)
        evidence = case.weigh({"spared": spared, "hit": hit})

    every = [seeded(base, [pruned], tasks) for tasks in case.groups.values()]
    case.decide(
        evidence,
        effect="classification retention - generative retention",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "variant_fingerprint": subject.variants.fingerprint(plan),
            "classification_retention": recovered_retention(spared, corrected=True),
            "generative_retention": recovered_retention(hit, corrected=True),
            "gap_as_in_the_paper": aside(recovered_gap, *every),
            "retention": {task.name: recovered_retention([task], corrected=True) for task in (*spared, *hit)},
            "transitions": {
                task: transition_rows(transitions(base[task], pruned[task]))
                for task in case.groups["hit"]
                if base[task].kind != "summary"
            },
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
            **beside_fresh(subject, plan, base, pruned),
        },
    )
