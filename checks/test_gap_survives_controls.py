"""Claim 10 (ours): the gap is one of ability, not of answer format or chance level."""

from harness.decide.aside import aside
from harness.decide.seeds import recovered_gap, recovered_retention
from harness.tasks.pairs import seeded
from harness.tasks.suite import KNOWLEDGE_FORMS, REASONING_FORMS


def test_gap_survives_controls(subject, method, ratio, claim):
    """Knowledge minus reasoning retention with both asked as free generation; beside it both asked as a choice."""
    knowledge, reasoning = KNOWLEDGE_FORMS[subject.tier], REASONING_FORMS[subject.tier]
    case = claim.case("gap-survives-controls", {"method": method, "ratio": ratio})
    base = case.base(
        {"spared": knowledge.generated, "hit": reasoning.generated}, beside=(*knowledge.choice, *reasoning.choice)
    )
    plan = subject.plan(method, ratio)
    pruned = subject.evaluate(plan, list(base))
    forms = {
        name: (seeded(base, [pruned], getattr(knowledge, name)), seeded(base, [pruned], getattr(reasoning, name)))
        for name in ("generated", "choice")
    }

    case.decide(
        {role: case.scores(role, pruned) for role in ("spared", "hit")},
        effect="knowledge - reasoning retention, both generated",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "gap_when_both_are_a_choice": aside(recovered_gap, *forms["choice"], corrected=True),
            "retention": {
                f"{what} {name}": aside(recovered_retention, tasks, corrected=True)
                for name, both in forms.items()
                for what, tasks in zip(("knowledge", "reasoning"), both, strict=True)
            },
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
        },
    )
