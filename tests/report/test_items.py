import json

import pytest

from harness.errors import BadInput
from harness.report.items import isolation_of, worst_items, worst_losses, write_items
from harness.tasks.outcome import Outcome, TaskResult


def result(*scores):
    """A task result with these scores."""
    outcomes = tuple(Outcome(str(i), score, "label", f"answer {i}") for i, score in enumerate(scores))
    return TaskResult("facts", "choice", 0.25, outcomes)


def test_one_line_an_item(tmp_path):
    """Every outcome comes back from its line, with its task."""
    outcome = Outcome("7", 1.0, "right", "vier\nfünf", {"acc_norm": 0.5})
    results = {"base": {"facts": TaskResult("facts", "number", 0.0, (outcome,)), "events": result(0.0)}}
    (path,) = write_items(tmp_path, "a-claim", results)
    first, second = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())

    assert path == tmp_path / "items" / "a-claim" / "base.jsonl"
    assert first == {"task": "facts", "item_id": "7", "score": 1.0, "label": "right", "response": "vier\nfünf",
                     "extra": {"acc_norm": 0.5}, "detail": "", "finish": None, "tokens": 0, "program": "",
                     "thought": "", "isolation": None}  # fmt: skip
    assert (second["task"], second["item_id"]) == ("facts", "0")


def test_what_was_asked_stands_beside_the_answer(tmp_path):
    """And what is expected, of items of which that is known."""
    texts = {("facts", "1"): {"prompt": "where is tom ?", "expected": "in kelso"}}
    (path,) = write_items(tmp_path, "a-claim", {"base": {"facts": result(1.0, 0.0)}}, texts)
    first, second = (json.loads(line) for line in path.read_text().splitlines())

    assert "prompt" not in first
    assert (second["prompt"], second["expected"]) == ("where is tom ?", "in kelso")


def test_the_isolation_of_programs_is_the_weakest_that_was_found():
    """Over all variants and tasks; answers that are no programs have none."""
    full, open_, none = (
        TaskResult("code", "number", 0.0, (Outcome("1", 1.0, "right", "", isolation=found),))
        for found in ("full", "a program can read files", None)
    )

    assert isolation_of({"base": {"facts": none}}) is None
    assert isolation_of({"base": {"facts": none, "code": full}, "pruned": {"code": full}}) == "full"
    assert (
        isolation_of({"base": {"code": full}, "pruned": {"code": open_, "facts": none}}) == "a program can read files"
    )


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    """A file where the folder should be gets a sentence."""
    (tmp_path / "items").write_text("in the way")

    with pytest.raises(BadInput, match="cannot be written"):
        write_items(tmp_path, "a-claim", {"base": {"facts": result(1.0)}})


def test_worst_items_come_largest_loss_first():
    """The largest loss leads, ties keep the order of the items, gains never show."""
    base, pruned = result(1.0, 1.0, 1.0, 0.0), result(0.5, 0.0, 0.0, 1.0)

    assert [outcome.item_id for outcome in worst_items(base, pruned)] == ["1", "2", "0"]
    assert [outcome.item_id for outcome in worst_items(base, pruned, k=1)] == ["1"]


def test_undefined_scores_are_null(tmp_path):
    """Minus infinity is not JSON; other tools could not read the line."""
    outcome = Outcome("0", 0.0, "wrong", "", {"log_probability": float("-inf")})
    (path,) = write_items(tmp_path, "a-claim", {"base": {"facts": TaskResult("facts", "choice", 0.25, (outcome,))}})

    assert json.loads(path.read_text(encoding="utf-8"))["extra"] == {"log_probability": None}


def test_no_items_make_an_empty_file(tmp_path):
    """A blank line would not be a JSON line."""
    (path,) = write_items(tmp_path, "a-claim", {"base": {}})

    assert path.read_text(encoding="utf-8") == ""


def test_variants_that_look_alike_have_files_of_their_own(tmp_path):
    """Neither writes over the other; a variant that an earlier run had, and this one has not, is gone."""
    write_items(tmp_path, "a-claim", {"old": {"facts": result(1.0)}})
    paths = write_items(tmp_path, "a-claim", {"a b": {"facts": result(1.0)}, "A-b": {"facts": result(0.0)}})

    assert len({path.name.casefold() for path in paths}) == 2
    assert sorted((tmp_path / "items" / "a-claim").iterdir()) == sorted(paths)


def test_worst_losses_take_turns_among_equals():
    """The largest loss leads; then every variant and task gives one item before any gives a second."""
    results = {
        "base": {"facts": result(1.0, 1.0, 1.0), "events": result(1.0)},
        "pruned": {"facts": result(0.5, 0.5, 0.0), "events": result(0.5)},
        "recovered": {"facts": result(1.0, 1.0, 0.5)},
    }
    found = [(loss.variant, loss.task, loss.after.item_id) for loss in worst_losses(results, k=4)]

    assert found == [("pruned", "facts", "2"), ("pruned", "events", "0"), ("recovered", "facts", "2"),
                     ("pruned", "facts", "0")]  # fmt: skip
    assert [loss.variant for loss in worst_losses(results, ["recovered"])] == ["recovered"]
    assert worst_losses({}) == []
