"""FOCUS & RePAIR (ICML 2026): text degenerates, above all into loops, while perplexity and accuracy hold."""

import pytest

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention
from harness.probe.degeneration import degeneration
from harness.probe.scores import with_degenerate_text, with_text
from harness.subject.beside import loss_on_running_text

TENTH = 0.10


@pytest.mark.neighbour
def test_loops_rise_while_accuracy_holds(subject, method, claim):
    """Rise of the share of degenerate answers without a tenth of the layers, where classification keeps its score."""
    case = claim.case("loops-rise-while-accuracy-holds", {"method": method, "ratio": TENTH})
    scored = {"degenerate": lambda results: with_degenerate_text(results, results), "answered": with_text}
    for base in case.looks(case.groups, scored=scored):
        plan = subject.plan(method, TENTH)
        pruned = subject.evaluate(plan, list(base), case.limit)
        before, written = ({task: found[task] for task in case.groups["degenerate"]} for found in (base, pruned))
        evidence = case.weigh(
            {
                "spared": case.scores("spared", pruned),
                "degenerate": case.scores("degenerate", with_degenerate_text(before, written)),
                "answered": case.scores("answered", with_text(written)),
            }
        )

    everyone = {"base": subject.loaded, "pruned": subject.variants.pruned(plan)}
    case.decide(
        evidence,
        effect=f"share of degenerate answers, rise without {plan.describe()}",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "classification_retention": aside(recovered_retention, evidence["spared"], corrected=True),
            "degeneration": {
                name: {task: degeneration(result.outcomes) for task, result in found.items()}
                for name, found in {"base": before, "pruned": written}.items()
            },
            "loss_on_running_text": loss_on_running_text(subject, everyone),
        },
    )
