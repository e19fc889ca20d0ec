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


def asked(claim, claim_id, subject, method, ratio):
    """The claim's case, with the base asked for what both arms are judged by."""
    subject.recoveries.corpus(subject.recoveries.settings.corpora[0])  # for what it refuses: before the model is asked
    case = claim.case(claim_id, {"method": method, "ratio": ratio}, seeds=subject.recoveries.seeds)
    return case, case.base(case.groups, beside=TIERS[subject.tier].classification)


def own_answers(subject):
    """The unpruned model's answers to the tier's first corpus: what both arms learn from."""
    return subject.recoveries.self_generated(subject.recoveries.corpus(subject.recoveries.settings.corpora[0]))[0]


def arm(subject, name, variant, corpus, recipe=None):
    """The variant and its recoveries, once a training seed of the tier."""
    seeds = subject.recoveries.seeds
    return Arm(name, variant, [subject.recoveries.recover(variant, corpus, seed, recipe=recipe)[-1] for seed in seeds])


def decide(case, base, subject, first, second, *, effect, measurements):
    """Generative retention of the first arm minus that of the second; classification beside it.

    Args:
        case: as `asked` opened it.
        base: the unpruned model's results.
        subject: the fixture.
        first: an arm.
        second: the other.
        effect: what the effect is called.
        measurements: beside those that every such claim has.
    """
    tasks, classification = list(base), TIERS[subject.tier].classification
    before = {arm.name: subject.evaluate(arm.before, tasks) for arm in (first, second)}
    runs = {arm.name: [subject.evaluate(model, tasks) for model in arm.recovered] for arm in (first, second)}
    after = {name: case.scores("first", *made) for name, made in runs.items()}
    earlier = {name: case.scores("first", results) for name, results in before.items()}

    case.decide(
        {
            "first": after[first.name],
            "second": after[second.name],
            "before first": earlier[first.name],
            "before second": earlier[second.name],
        },
        effect=effect,
        results={"base": base}
        | {f"{name} pruned": results for name, results in before.items()}
        | {f"{name} seed {seed}": run for name, made in runs.items() for seed, run in enumerate(made)},
        measurements={
            "retention": {name: recovered_retention(scores) for name, scores in after.items()},
            "retention_before_recovery": {name: recovered_retention(scores) for name, scores in earlier.items()},
            "classification_difference": aside(
                recovery_difference, *(seeded(base, made, classification) for made in runs.values())
            ),
            "recoveries": {arm.name: [model.recovery for model in arm.recovered] for arm in (first, second)},
        }
        | measurements,
    )
