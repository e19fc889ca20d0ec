"""XSUM: what is asked, and how a summary scores."""

import gzip
import json

from harness.score.requests import Generation
from harness.tasks import xsum

ROW = {"document": "The bridge fell.\nNobody was hurt.", "summary": "A bridge has fallen, harming nobody.", "id": "35"}


def test_rows_of_a_folder_become_items(tmp_path):
    """The article follows the paper's instruction, and ids say which benchmark they are of."""
    (tmp_path / "summarization").mkdir()
    path = tmp_path / "summarization" / "xsum_test1000.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(ROW) + "\n").encode()))

    (item,) = xsum.load(tmp_path, "test")

    assert item["id"] == "xsum|35"
    assert xsum.ask(item)[0].prompt == (
        "Please provide a concise one-sentence summary of the following article.\n\nThe bridge fell.\nNobody was hurt."
    )


def test_the_hub_has_more_than_are_asked(monkeypatch):
    """A seeded thousand of its test split, not the first thousand; selection and calibration are its validation."""
    rows = [ROW | {"id": str(number)} for number in range(1500)]
    asked = []

    def hub(dataset, config, split):
        asked.append((dataset, split))
        return rows

    monkeypatch.setattr("harness.tasks.data.hub_rows", hub)
    monkeypatch.setattr("harness.tasks.xsum.hub_rows", hub)
    drawn = [item["id"] for item in xsum.load(None, "test")]

    assert len(drawn) == 1000
    assert drawn != [f"xsum|{number}" for number in range(1000)]
    assert drawn == [item["id"] for item in xsum.load(None, "test")]
    assert len(xsum.load(None, "selection")) == len(xsum.load(None, "calibration")) == 750
    assert [split for _, split in asked] == ["test", "test", "validation", "validation"]


def test_a_summary_scores_by_its_longest_common_subsequence():
    """The gold summary scores 1, unrelated words 0, and a cut answer is labelled."""
    item = ROW | {"id": "x"}
    answers = [
        Generation(ROW["summary"], 9, "stop"),
        Generation("Cats sleep.", 3, "stop"),
        Generation("A b", 96, "length"),
    ]

    outcomes = xsum.judge([item] * 3, [[answer] for answer in answers])

    assert [outcome.label for outcome in outcomes] == ["summary", "summary", "truncated"]
    assert (outcomes[0].score, outcomes[1].score) == (1.0, 0.0)
