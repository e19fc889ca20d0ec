"""Two recoveries of one base, side by side: what three claims share."""

from dataclasses import dataclass
from typing import Any

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention, recovery_difference
from harness.tasks.pairs import seeded
from harness.tiers import TIERS


@dataclass(frozen=True)
class Arm:
    """One of the two."""

    name: str
    before: Any
    """The variant before its recovery."""
    recovered: list[Any]
    """After it, once a training seed."""


def opened(claim, claim_id, subject, method, ratio):
    """The claim's case."""
    subject.recoveries.require_training(claim_id)
    subject.recoveries.corpus(subject.recoveries.settings.corpora[0])  # for what it refuses: before the model is asked
    return claim.case(claim_id, {"method": method, "ratio": ratio}, seeds=subject.recoveries.seeds)


def arm(subject, name, variant, corpus, recipe=None):
    """The variant and its recoveries, once a training seed of the tier."""
    seeds = subject.recoveries.seeds
    return Arm(name, variant, [subject.recoveries.recover(variant, corpus, seed, recipe=recipe)[-1] for seed in seeds])


def by_recipes(subject, method, ratio, recipes):
    """What makes both arms of one plan, on the same examples: an arm for each name's recipe."""

    def arms():
        plan, own = subject.plan(method, ratio), subject.recoveries.own_answers
        return [arm(subject, name, plan, own, recipe) for name, recipe in recipes.items()]

    return arms


def decide(case, subject, arms, *, effect, measured):
    """Generative retention of the first arm minus that of the second; classification beside it.

    Args:
        case: as `opened` opened it.
        subject: the fixture.
        arms: makes both arms, once the base has been asked.
        effect: what the effect is called.
        measured: what is kept of the two, beside what is of every such claim.
    """
    classification, made = TIERS[subject.tier].classification, ()
    for base in case.looks(case.groups, beside=classification):
        first, second = made = made or arms()
        tasks = list(base)
        before = {arm.name: subject.evaluate(arm.before, tasks, case.limit) for arm in made}
        runs = {arm.name: subject.evaluate_all(arm.recovered, tasks, case.limit) for arm in made}
        after = {name: case.scores("first", *found) for name, found in runs.items()}
        earlier = {name: case.scores("first", results) for name, results in before.items()}
        evidence = case.weigh(
            {
                "first": after[first.name],
                "second": after[second.name],
                "before first": earlier[first.name],
                "before second": earlier[second.name],
            }
        )

    case.decide(
        evidence,
        effect=effect,
        results={"base": base}
        | {f"{name} pruned": results for name, results in before.items()}
        | {f"{name} seed {seed}": run for name, found in runs.items() for seed, run in enumerate(found)},
        measurements={
            "retention": {name: recovered_retention(scores) for name, scores in after.items()},
            "retention_before_recovery": {name: recovered_retention(scores) for name, scores in earlier.items()},
            "classification_difference": aside(
                recovery_difference, *(seeded(base, found, classification) for found in runs.values())
            ),
            "recoveries": {arm.name: [model.recovery for model in arm.recovered] for arm in made},
        }
        | measured(first, second),
    )
