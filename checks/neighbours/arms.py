"""Two recoveries of one base, side by side: what three claims share."""

from harness.decide.seeds import recovered_retention, recovery_difference
from harness.report.paper import paper_figure
from harness.tasks.pairs import seeded
from harness.tasks.suite import CLASSIFICATION, GENERATIVE


def own_answers(subject):
    """The unpruned model's answers to the tier's first corpus: what both arms learn from."""
    return subject.self_generated(subject.corpus(subject.recoveries.corpora[0]))[0]


def every_seed(subject, variant, corpus, recipe=None):
    """The variant after its recovery, once a training seed of the tier."""
    return [subject.recover(variant, corpus, seed, recipe=recipe)[-1] for seed in subject.training_seeds]


def decide(claim, subject, arms, *, claim_id, title, minimum, effect, params, measurements):
    """Generative retention of the first arm minus that of the second; classification beside it.

    Args:
        claim: the fixture.
        subject: the fixture.
        arms: two names with their recovered variants, one a training seed.
        claim_id: as `claim.decide`, and so are the others.
        title: of the claim.
        minimum: of the effect.
        effect: its name.
        params: of the check.
        measurements: beside those that every such claim has.
    """
    generative, classification = GENERATIVE[subject.tier], CLASSIFICATION[subject.tier]
    tasks = (*generative, *classification)
    base = subject.evaluate(subject.whole, tasks)
    runs = {name: [subject.evaluate(variant, tasks) for variant in made] for name, made in arms.items()}

    def difference(named):
        return recovery_difference(*(seeded(base, run, named) for run in runs.values()))

    claim.decide(
        claim_id,
        title,
        difference(generative),
        effect=effect,
        unit="retention (fraction)",
        minimum=minimum,
        paper=paper_figure(claim_id, subject.loaded.label),
        params=params,
        seeds=tuple(subject.training_seeds),
        results={"base": base} | {f"{name} seed {s}": run for name, made in runs.items() for s, run in enumerate(made)},
        measurements={
            "retention": {name: recovered_retention(seeded(base, made, generative)) for name, made in runs.items()},
            "classification_difference": difference(classification),
            "recoveries": {name: [variant.recovery for variant in made] for name, made in arms.items()},
        }
        | measurements,
    )
