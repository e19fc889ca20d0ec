import json

import pytest

from harness.errors import BadInput
from harness.report.items import worst_items, write_items
from harness.tasks.outcome import Outcome, TaskResult


def result(*scores):
    """A task result with these scores."""
    outcomes = tuple(Outcome(str(i), score, "label", f"answer {i}") for i, score in enumerate(scores))
    return TaskResult("facts", "classification", 0.25, outcomes)


def test_one_line_an_item(tmp_path):
    """Every outcome comes back from its line, with its task."""
    outcome = Outcome("7", 1.0, "right", "vier\nfünf", {"acc_norm": 0.5})
    path = write_items(tmp_path, "a-claim", "base", [TaskResult("facts", "probe", 0.0, (outcome,)), result(0.0)])
    first, second = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())

    assert path == tmp_path / "items" / "a-claim" / "base.jsonl"
    assert first == {"task": "facts", "item_id": "7", "score": 1.0, "label": "right", "response": "vier\nfünf",
                     "extra": {"acc_norm": 0.5}}  # fmt: skip
    assert (second["task"], second["item_id"]) == ("facts", "0")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    """A file where the folder should be gets a sentence."""
    (tmp_path / "items").write_text("in the way")

    with pytest.raises(BadInput, match="cannot be written"):
        write_items(tmp_path, "a-claim", "base", [result(1.0)])


def test_worst_items_come_largest_loss_first():
    """The largest loss leads, ties keep the order of the items, gains never show."""
    base, pruned = result(1.0, 1.0, 1.0, 0.0), result(0.5, 0.0, 0.0, 1.0)

    assert [outcome.item_id for outcome in worst_items(base, pruned)] == ["1", "2", "0"]
    assert [outcome.item_id for outcome in worst_items(base, pruned, k=1)] == ["1"]


def test_undefined_scores_are_null(tmp_path):
    """NaN is not JSON; other tools could not read the line."""
    line = write_items(tmp_path, "a-claim", "base", [result(float("nan"))]).read_text(encoding="utf-8")

    assert json.loads(line)["score"] is None


def test_no_items_make_an_empty_file(tmp_path):
    """A blank line would not be a JSON line."""
    assert write_items(tmp_path, "a-claim", "base", []).read_text(encoding="utf-8") == ""
