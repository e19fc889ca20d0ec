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
