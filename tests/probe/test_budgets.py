"""Greedy answers under a smaller limit."""

from dataclasses import replace

import pytest

from harness.probe.budgets import within
from harness.score.scorer import Scorer
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.source import Bundled
from harness.tasks.task import run_task
from harness.tasks.word_problems import WORD_PROBLEMS


def test_only_short_answers_count():
    """The limit itself is allowed."""
    result = TaskResult("t", "number", 0.0, tuple(Outcome(str(n), 1.0, "right", "", tokens=n) for n in (3, 4, 5)))

    cut = within(result, 4)
    assert cut.scores == (1.0, 1.0, 0.0)
    assert [outcome.label for outcome in cut.outcomes] == ["right", "right", "truncated"]


@pytest.mark.parametrize("budget", [16, 24, 40])
def test_it_is_what_a_smaller_limit_generates(tiny, budget):
    """Against the slow way: the same items asked again with a smaller limit."""
    scorer = Scorer(tiny.model, tiny.tokenizer)
    asked_again = replace(
        WORD_PROBLEMS,
        ask=lambda item: [replace(request, max_new_tokens=budget) for request in WORD_PROBLEMS.ask(item)],
    )
    whole, cut = (run_task(task, scorer, Bundled(), 24, 0) for task in (WORD_PROBLEMS, asked_again))

    assert within(whole, budget).scores == cut.scores
    assert 0 < sum(outcome.finish == "length" for outcome in cut.outcomes) <= 24
