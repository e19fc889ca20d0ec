"""The block of scores of a decided case."""

from dataclasses import replace

import pytest

from harness.decide.designs import design_of
from harness.report.scores import HEAD, cells, score_lines
from harness.subject.scores import of_base, scores_of
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.pairs import seeded
from tests.report.pages import RECORD

GAP = design_of("classification-vs-generative-gap")


def task(name, *scores, kind="number", chance=0.0):
    """Results of one task."""
    outcomes = (Outcome(f"{name}|{i}", score, "right" if score else "wrong", "") for i, score in enumerate(scores))
    return {name: TaskResult(name, kind, chance, tuple(outcomes))}


BASE = (
    task("facts", *[1.0] * 40, kind="choice", chance=0.25)
    | task("word_problems", *[1.0] * 40)
    | task("own", *[0.5] * 4)
)
PRUNED = task("facts", *[1.0] * 30, *[0.0] * 10, kind="choice", chance=0.25) | task("word_problems", *[0.0] * 40)
PRUNED |= task("own", *[0.25] * 4)
EVIDENCE = {"spared": seeded(BASE, [PRUNED], ["facts"]), "hit": seeded(BASE, [PRUNED, BASE], ["word_problems"])}


def block(design=GAP, evidence=EVIDENCE, left_out=()):
    return scores_of(design, "tiny", evidence, {"base": BASE, "pruned": PRUNED}, ["pruned"], dict(left_out))


def test_every_task_has_its_scores_and_what_is_kept():
    """By role, net of guessing; a role's variant is the mean of its training runs."""
    facts, problems, _ = block()

    assert (facts.task, facts.group, facts.role, facts.n, facts.chance) == (
        "facts",
        "classification",
        "spared",
        40,
        0.25,
    )
    assert (facts.base, facts.variant, facts.decides) == (1.0, 0.75, True)
    assert facts.kept.estimate == pytest.approx((0.75 - 0.25) / 0.75)
    assert facts.kept.low < facts.kept.estimate < facts.kept.high
    assert (problems.group, problems.role, problems.variant) == ("generation", "hit", 0.5)


def test_a_task_that_decides_nothing_is_there_too():
    """Under the variant that was asked it; what answers are stands for the group of a task of one's own."""
    own = block()[-1]

    assert (own.task, own.group, own.role, own.variant, own.decides) == ("own", "number", "pruned", 0.25, False)
    assert own.kept.estimate == pytest.approx(0.5)


def test_a_task_that_says_nothing_says_why():
    """Its scores stand there, and nothing is kept of what the base does not have."""
    own = block(left_out=[("own", "it guesses")])[-1]
    (alone,) = of_base(task("own", 0.0, 0.0), "tiny", {"own": "it guesses"})

    assert (own.left_out, own.kept, own.variant) == ("it guesses", None, 0.25)
    assert (alone.left_out, alone.kept, alone.variant, alone.base) == ("it guesses", None, None, 0.0)


def test_nothing_is_kept_of_failures():
    """Of a share that rises the block shows both ends, and no retention."""
    rises = replace(GAP, roles={"spared": "kept", "hit": "rises"})

    assert [score.kept is None for score in block(rises)] == [False, True, False]


def test_all_show_the_same_figures():
    """A line a task in the terminal, with the columns that have something to show."""
    record = replace(RECORD, scores=block(left_out=[("own", "it guesses")]))
    head, facts, _, own = score_lines(record)

    assert head.split() == ["task", "group", "role", "n", "guessing", "base", "variant", "kept,", "95", "%"]
    assert facts.split()[:7] == ["facts", "classification", "spared", "40", "0.250", "1.000", "0.750"]
    assert facts.split("0.750  ")[1] == cells(record.scores[0])[HEAD.index("kept, 95 %")]
    assert own.split()[2:] == ["(pruned)", "4", "0.500", "0.250", "left", "out"]
    assert max(map(len, score_lines(record))) <= 100
    assert score_lines(replace(record, scores=())) == []
