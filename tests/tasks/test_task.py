"""Asking a task: what cannot be paired is not asked."""

import pytest

from harness.errors import BadInput
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.source import Bundled
from harness.tasks.task import Task, run_task
from harness.text.requests import Generation, GenerationRequest


@pytest.mark.parametrize(
    ("names", "message"), [([], "task t has no items"), (["a", "b", "a"], "task t: 2 items are called 'a'")]
)
def test_items_without_names_of_their_own_are_refused_before_a_model_is_asked(names, message):
    """No items give no mean, and two of one name no pairs."""
    task = Task("t", "value", 0.0, lambda _, __: [{"id": name} for name in names], lambda _: [], lambda _, __: [])
    with pytest.raises(BadInput, match=message):
        run_task(task, None, Bundled(), None, 0)


@pytest.mark.parametrize(
    ("name", "kind", "chance", "message"),
    [
        ("", "value", 0.0, "a task is called ''; expected a name"),
        (" ", "value", 0.0, "a task is called ' '; expected a name"),
        ("t", "nonsense", 0.0, "task t: kind 'nonsense' is none; expected one of choice, letter, value,"),
        ("t", "value", 2, "task t: chance 2; expected the score of guessing, at least 0 and below 1"),
        ("t", "value", 1.0, "task t: chance 1.0; expected"),
        ("t", "value", -0.1, "task t: chance -0.1; expected"),
        ("t", "value", float("nan"), "task t: chance nan; expected"),
    ],
)
def test_a_task_that_no_result_could_be_read_by_is_refused(name, kind, chance, message):
    """Where it is made, and so is a result of it."""
    with pytest.raises(BadInput, match=message):
        Task(name, kind, chance, lambda _, __: [], lambda _: [], lambda _, __: None)
    with pytest.raises(BadInput, match=message):
        TaskResult(name, kind, chance, ())


@pytest.mark.parametrize("score", [1.5, -0.5, float("nan"), float("inf")])
def test_a_score_that_is_none_is_refused(score):
    """Whoever judged it: retention and its interval are of scores in [0, 1]."""
    with pytest.raises(BadInput, match=rf"task t: item 'b' has the score {score}; expected one in \[0, 1\]"):
        TaskResult("t", "value", 0.0, (Outcome("a", 1.0, "right", ""), Outcome("b", score, "right", "")))


def test_two_outcomes_of_one_item_are_refused():
    """Results are paired by name."""
    with pytest.raises(BadInput, match="task t: 2 items are called 'a'; expected a name of its own for each"):
        TaskResult("t", "value", 0.0, (Outcome("a", 1.0, "right", ""), Outcome("a", 0.0, "wrong", "")))


class Echo:
    """A model that answers a prompt with its length, and remembers what it was asked."""

    room = folder = None

    def __init__(self):
        self.batches = []

    def fits(self, requests):
        """Everything does."""
        return [True] * len(requests)

    def generations(self, requests):
        """One answer a prompt."""
        self.batches.append([request.prompt for request in requests])
        return [Generation(str(len(request.prompt)), 2, "stop", f"thought {len(self.batches)}") for request in requests]


def building(item, given):
    """As many further requests as the item wants, each begun with what was answered before."""
    if len(given) > item["more"]:
        return []
    return [GenerationRequest(f"{item['id']} {given[-1].text}", 4)]


def test_answers_can_build_on_each_other_and_are_judged_together():
    """Items that want no more are left alone; all that was written counts as tokens of the item."""
    items = [{"id": "a", "more": 0}, {"id": "bb", "more": 2}]
    task = Task(
        "t", "value", 0.0, lambda _, __: items, lambda item: [GenerationRequest(item["id"], 4)],
        lambda item, given: Outcome(item["id"], 1.0, "right", " ".join(answer.text for answer in given)),
        further=building,
    )  # fmt: skip
    model = Echo()
    result = run_task(task, model, Bundled(), None, 0)

    assert model.batches == [["a", "bb"], ["bb 2"], ["bb 4"]]
    assert [outcome.response for outcome in result.outcomes] == ["1", "2 4 4"]
    assert [(outcome.tokens, outcome.thought) for outcome in result.outcomes] == [(2, "thought 1"), (6, "thought 3")]


def test_forms_that_share_a_subset_ask_the_same_items():
    """A limit draws by the subset's name; without one by the task's own."""
    items = [{"id": str(place)} for place in range(50)]

    def asked(name, subset):
        task = Task(
            name, "value", 0.0, lambda _, __: items, lambda item: [GenerationRequest(item["id"], 4)],
            lambda item, _: Outcome(item["id"], 1.0, "right", ""), subset=subset,
        )  # fmt: skip
        return [outcome.item_id for outcome in run_task(task, Echo(), Bundled(), 5, 0).outcomes]

    assert asked("one", "shared") == asked("other", "shared") == asked("shared", "")
    assert asked("one", "") != asked("other", "")
