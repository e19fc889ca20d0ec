"""A task is walked through once, however many variants are asked it; the slow oracle walks through it every time."""

from dataclasses import asdict, replace

import pytest

from harness.foresee import hands
from harness.foresee.hands import Counting
from harness.prune.plan import LayerPlan
from harness.score.ledger import Ledger
from harness.subject import Subject
from harness.tasks.source import Bundled

TASKS = ["facts", "arithmetic_first_digit", "word_problems", "facts_chain"]
DEPTH = 12
EACH = [LayerPlan.without((layer,), DEPTH) for layer in (2, 3, 4, 7)]


@pytest.fixture
def walks(monkeypatch):
    """Names of the tasks that are walked through, lm-eval's left out."""
    seen, run_task = [], hands.run_task

    def noting(task, *given):
        seen.append(task.name)
        return run_task(task, *given)

    monkeypatch.setattr(hands, "run_task", noting)
    return seen


@pytest.fixture
def opened(tiny, tmp_path):
    """A subject whose hands count, and what they count into."""

    def make():
        counting = Counting("tiny")
        subject = Subject(tiny, "tiny", Bundled(), 6, tmp_path / "store")
        return replace(subject, hands=counting.hands, ledger=Ledger(), plans_asked=[]), counting

    return make


def asked(subject, counting):
    """Everything a check may ask: looks of the base, variants alone and of other depths, a sweep; and again after."""
    found, results = [], []
    for _ in range(2):
        counting.begin()
        results += [subject.evaluate(subject.whole, TASKS, limit) for limit in (3, 6)]
        results += [subject.evaluate(plan, TASKS) for plan in (*EACH[:2], LayerPlan.without((1, 2, 3), DEPTH))]
        results += subject.evaluate_each(EACH, TASKS, 4)
        found += [(counting.notes.base_asked, asdict(piece)) for piece in counting.notes.pieces]
    scores = [[(task, one.scores, one.order) for task, one in each.items()] for each in results]
    return found, scores


def test_what_is_counted_is_what_walking_through_every_variant_counts(opened, monkeypatch):
    """Jobs, whose answers they are, and the scores of stand-ins; how long those are depends on who was asked first."""
    alike = asked(*opened())
    monkeypatch.setattr(hands, "again", lambda *_: None)

    assert alike == asked(*opened())


def test_tasks_are_walked_through_once_for_all_variants(opened, walks):
    """Variants that are asked alone cost the walk of one; so does a second check that asks the same."""
    subject, counting = opened()
    for _ in range(2):
        counting.begin()
        for plan in EACH:
            subject.evaluate(plan, TASKS)

    assert sorted(walks) == sorted(TASKS)
    assert len({name for piece in counting.notes.pieces for name, _ in piece.asked}) == len(EACH)


def test_a_variant_of_which_answers_are_stored_is_walked_through_by_itself(opened, tiny, tmp_path, walks):
    """What it lacks is another's business."""
    Subject(tiny, "tiny", Bundled(), 6, tmp_path / "store").evaluate(EACH[1], ["facts"])
    subject, counting = opened()
    for plan in EACH[:3]:
        subject.evaluate(plan, ["facts", "word_problems"])

    assert walks == ["facts", "word_problems"] * 2
    assert len(counting.notes.stored) > 0
    of = [name for piece in counting.notes.pieces if piece.task == "facts" for name, _ in piece.asked]
    assert subject.variants.fingerprint(EACH[1]) not in of
