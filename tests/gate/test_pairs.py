"""Two logs side by side."""

import pytest

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask
from harness.gate.pairs import pair


def task(scores, metric="acc", asked="", **fields):
    """A task whose items are numbered."""
    return LoggedTask({str(n): LoggedItem({metric: score}, asked) for n, score in enumerate(scores)}, **fields)


def log(**tasks):
    """A log of some tasks."""
    return Log("there", "a tool", "a model", tasks)


def only(base, new, **options):
    """The pairs of a single task."""
    return pair(log(arc=base), log(arc=new), **options).tasks[0]


def test_items_are_paired_by_name():
    """Whatever their order."""
    base = LoggedTask({"a": LoggedItem({"acc": 1.0}), "b": LoggedItem({"acc": 0.0})})
    new = LoggedTask({"b": LoggedItem({"acc": 0.5}), "a": LoggedItem({"acc": 0.25})})
    found = only(base, new)

    assert (found.paired.base, found.paired.pruned) == ((1.0, 0.0), (0.25, 0.5))
    assert found.problems == ()


def test_another_prompt_is_no_comparison():
    """With the number of items and one of them."""
    found = only(task([1, 0], asked="x"), task([1, 0], asked="y"))

    assert found.problems == ("2 of 2 items were asked with another prompt or target, such as 0",)


def test_a_prompt_that_one_log_does_not_know_is_no_difference():
    """Nothing says that it was another; it is trusted, and said to be."""
    found = only(task([1, 0], asked="x", settings={"a": "1"}), task([1, 0], settings={"a": "1"}))

    assert found.problems == ()
    assert found.trusted == ("prompts",)


@pytest.mark.parametrize("name", ["num_fewshot", "version", "generation_kwargs"])
def test_another_setting_is_named(name):
    """Both values."""
    found = only(task([1], settings={name: "5"}), task([1], settings={name: "0"}))

    assert found.problems == (f"{name} is 5 for the base and 0 for the new model",)


def test_another_metric_is_named():
    """The one that decides must be in both."""
    found = only(task([1], metric="exact_match,strict"), task([1], metric="exact_match,flexible"))

    assert found.problems == ("measured by exact_match,strict, of the new model by exact_match,flexible",)


def test_another_version_of_the_tool_is_a_note():
    """What it asks and how it judges may have changed with it."""
    later = Log("there", "a tool 2", "a model", {"arc": task([1])})

    assert pair(log(arc=task([1])), later).notes == ("measured by a tool and by a tool 2",)


def test_items_of_one_log_only_are_counted():
    """And refused, unless what both have is asked for."""
    found = only(task([1, 0, 1]), task([1, 0]))

    assert found.problems == (
        "1 of 3 items could not be paired: 1 only in the base's results, such as 2 (--common leaves them out)",
    )
    assert only(task([1, 0, 1]), task([1, 0]), common=True).problems == ()
    assert only(task([1, 0, 1]), task([1, 0]), common=True).unpaired == 1


def test_an_item_without_a_score_is_no_pair():
    """A sample that ended in an error is not wrong."""
    found = only(task([1, None, 1]), task([1, 0, 1]))

    assert found.problems[0].startswith("1 of 3 items could not be paired: 1 without a score in one of the two")


def test_a_failed_item_of_the_new_model_is_never_left_out():
    """Items in common are those that both were asked; a new model that crashes on what it cannot do is not kept."""
    failed = only(task([1, 1, 1]), task([1, None, 1]), common=True)

    assert failed.problems[0] == (
        "1 of 3 items could not be paired: 1 without a score in one of the two, such as 1, which the new model must "
        "have a score of; measure it again"
    )
    assert only(task([1, None, 1]), task([1, 1, 1]), common=True).problems == ()


def test_a_task_that_is_named_twice_counts_once():
    """Copies of a task would narrow the interval of all."""
    assert len(pair(log(arc=task([1])), log(arc=task([1])), ["arc", "arc"]).tasks) == 1


def test_logs_with_nothing_in_common_have_no_pairs():
    """Not even where only common items are asked for."""
    new = LoggedTask({"x": LoggedItem({"acc": 1.0})})
    found = only(task([1]), new, common=True)

    assert found.paired is None
    assert "2 of 2 items could not be paired" in found.problems[0]


def test_a_task_without_items_says_nothing():
    """Of the base it is left out, of the new model it stops the gate."""
    assert pair(log(arc=task([])), log(arc=task([1]))).left_out == {"arc": "the base's results hold no item of it"}
    assert only(task([1]), task([])).problems == ("the new model's results hold no item of it",)


def test_a_task_that_the_new_model_lacks_is_a_problem():
    """It may have crashed there; one that it has besides is a note."""
    found = pair(log(arc=task([1]), gsm8k=task([1])), log(arc=task([1]), piqa=task([1])))

    assert found.problems == ("gsm8k: the new model has no results of it",)
    assert found.notes == ("piqa: not in the base's results, so not decided on",)


@pytest.mark.parametrize(("scores", "why"), [
    ([12.5, 0.4], "acc goes from 0.4 to 12.5, no score between 0 and 1"),
    ([-3.1, 0.4], "acc goes from -3.1 to 0.4, no score between 0 and 1"),
    ([[1, 2], 0.4], r"acc is no number for each item ('[1, 2]')"),
])  # fmt: skip
def test_what_is_no_score_is_left_out_by_name(scores, why):
    """Perplexities, and what is summed up over a corpus only."""
    assert pair(log(arc=task(scores)), log(arc=task([0.5, 0.5]))).left_out == {"arc": why}


def test_less_that_is_better_is_left_out():
    """A Brier score lies between 0 and 1 too."""
    base = task([0.2], lower_is_better=frozenset({"acc"}))

    assert pair(log(arc=base), log(arc=task([0.2]))).left_out == {"arc": "of acc less is better"}


def test_nan_is_refused():
    """Nobody knows what it stands for."""
    for value in (float("nan"), 10**400):
        with pytest.raises(BadInput, match="task 'arc': a 'acc' is NaN or infinite"):
            pair(log(arc=task([value])), log(arc=task([1.0])))


def test_the_first_usable_metric_decides_or_the_named_one():
    """By name, by filter, or by both."""
    scores = {"ppl": 7.0, "em,strict": 0.0, "em,flexible": 1.0}
    both = LoggedTask({"a": LoggedItem(scores)})

    assert only(both, both).metric == "em,strict"
    assert only(both, both, metric="flexible").metric == "em,flexible"
    assert only(both, both, metric="em,flexible").metric == "em,flexible"
    with pytest.raises(BadInput, match="--metric f1: task 'arc' has ppl, em,strict, em,flexible"):
        only(both, both, metric="f1")


def test_guessing_is_known_from_the_log_or_the_user():
    """The user knows better; where nobody does, 0 stands for it and it is said."""
    known = task([1], chance={"acc": 0.25})

    assert (only(known, known).paired.chance, only(known, known).guessing) == (0.25, "known")
    assert only(known, known, chances={"arc": 0.5}).paired.chance == 0.5
    assert (only(task([1]), task([1])).paired.chance, only(task([1]), task([1])).guessing) == (0.0, "unknown")


def test_two_values_of_guessing_are_no_comparison():
    """Unless the user says which; where one log alone has it, it holds."""
    base, new = task([1], chance={"acc": 0.25}), task([1], chance={"acc": 0.5})

    assert only(base, new).problems == (
        "guessing scores 0.25 by the base's results and 0.5 by the new ones (--chance arc=SHARE sets it)",
    )
    assert only(base, new, chances={"arc": 0.5}).problems == ()
    assert (only(task([1]), new).paired.chance, only(task([1]), new).guessing) == (0.5, "known")


def test_one_of_few_written_answers_can_be_guessed():
    """Letters: a model that always answers the commonest knows nothing. Numbers, of which none is common, cannot."""

    def written(targets):
        return LoggedTask({str(n): LoggedItem({"em": 1.0}, target=target) for n, target in enumerate(targets)})

    letters, numbers = written("ABCDA" * 20), written(str(n) for n in range(100))

    assert (only(letters, letters).paired.chance, only(letters, letters).guessing) == (0.4, "commonest")
    assert only(numbers, numbers).guessing == "unknown"
    assert only(written("AB"), written("AB")).guessing == "unknown"
    assert only(written("0" * 100), written("0" * 100)).guessing == "unknown"  # lm-eval's ifeval
    assert only(written("0" * 100), written("0" * 100)).paired.chance == 0


def test_an_unknown_task_is_named_beside_those_that_there_are():
    """A misspelt --task decides on nothing."""
    with pytest.raises(BadInput, match="task 'arg' is in neither log; there are arc"):
        pair(log(arc=task([1])), log(arc=task([1])), ["arg"])


def test_tasks_of_the_same_items_are_weighted_together():
    """Two forms of one benchmark; numbered items are not the same by their numbers."""
    said, numbered = task([1, 0], by_content=True), task([1, 0])
    found = pair(log(a=said, b=said, c=numbered), log(a=said, b=said, c=numbered)).tasks

    assert found[0].paired.items == found[1].paired.items != ""
    assert found[2].paired.items == ""
