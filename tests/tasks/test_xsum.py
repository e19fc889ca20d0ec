"""XSUM: what is asked, and how a summary scores."""

import gzip
import json

import pytest

from harness.tasks import xsum
from harness.tasks.source import Folder, Hub
from harness.text.requests import Generation

ROW = {"document": "The bridge fell.\nNobody was hurt.", "summary": "A bridge has fallen, harming nobody.", "id": "35"}


def test_rows_of_a_folder_become_items(tmp_path):
    """The article follows the paper's instruction, and ids say which benchmark they are of."""
    (tmp_path / "summarization").mkdir()
    path = tmp_path / "summarization" / "xsum_test1000.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(ROW) + "\n").encode()))

    (item,) = xsum.load(Folder(tmp_path), "test")

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

    monkeypatch.setattr("harness.tasks.layouts.hub_rows", hub)
    monkeypatch.setattr("harness.tasks.xsum.hub_rows", hub)
    drawn = [item["id"] for item in xsum.load(Hub(), "test")]

    assert len(drawn) == 1000
    assert drawn != [f"xsum|{number}" for number in range(1000)]
    assert drawn == [item["id"] for item in xsum.load(Hub(), "test")]
    assert len(xsum.load(Hub(), "selection")) == len(xsum.load(Hub(), "calibration")) == 750
    assert [split for _, split in asked] == ["test", "test", "validation", "validation"]


def test_a_summary_scores_by_its_longest_common_subsequence():
    """The gold summary scores 1, unrelated words 0, and a cut answer is labelled."""
    item = ROW | {"id": "x"}
    answers = [
        Generation(ROW["summary"], 9, "stop"),
        Generation("Cats sleep.", 3, "stop"),
        Generation("A b", 96, "length"),
    ]

    outcomes = [xsum.judge(item, [answer]) for answer in answers]

    assert [outcome.label for outcome in outcomes] == ["summary", "summary", "truncated"]
    assert (outcomes[0].score, outcomes[1].score) == (1.0, 0.0)


@pytest.mark.parametrize("cut", ["", " A bri", " A bridge has"])
@pytest.mark.parametrize("finish", ["length", "loop"])
def test_a_summary_that_repeats_itself_until_it_is_cut_scores_nothing(cut, finish):
    """At the authors' length it would have: the gold sentence three times over is no summary, wherever it is cut."""
    text = " ".join([ROW["summary"]] * 3) + cut

    outcome = xsum.judge(ROW, [Generation(text, 96, finish)])

    assert (outcome.score, outcome.label) == (0.0, "loop")
    assert outcome.extra["written"] > 0.3


@pytest.mark.parametrize(
    ("text", "finish", "label"),
    [
        (ROW["summary"], "stop", "summary"),
        (" ".join([ROW["summary"]] * 4), "stop", "summary"),
        (
            "A bridge has fallen, harming nobody, the police of the town said on Monday, while many people",
            "length",
            "truncated",
        ),
        ("It was a very very very bad bridge", "length", "truncated"),
        ("", "length", "truncated"),
    ],
)
def test_other_summaries_keep_what_they_wrote(text, finish, label):
    """Ended by themselves, or cut in the middle of something new."""
    outcome = xsum.judge(ROW, [Generation(text, 96, finish)])

    assert outcome.label == label
    assert outcome.score == outcome.extra["written"]
