"""A report folder as data frames."""

from dataclasses import replace

import pytest

import harness
from harness.errors import BadInput
from harness.report.items import write_items
from harness.report.names import record_name
from harness.report.record import ClaimRecord, Effect, Kept, PaperFigure, Score
from harness.report.verdicts import write_verdicts
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "ratio": 0.25}, "reproduced", "because",
    Effect("gap", 0.4, 0.3, 0.5, 0.95, "fraction"), 0.03, 10, (0,), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
    {"layers": [{"layer": 0, "reasoning": {"estimate": 0.1, "low": 0.0, "high": 0.2}, "scores": {"facts": 1.0}}]},
    scores=(Score("facts", "classification", "hit", 2, 0.25, 1.0, 0.5, Kept(0.4, 0.1, 0.7, 0.95), decides=True),),
)  # fmt: skip
REFUSED = replace(
    RECORD, claim="another", verdict="not testable", effect=None, p_value=None, measurements={}, scores=()
)


def task(*scores):
    """Results of one task."""
    outcomes = (Outcome(f"facts|{i}", score, "right" if score else "wrong", "said") for i, score in enumerate(scores))
    return {"facts": TaskResult("facts", "choice", 0.25, tuple(outcomes))}


@pytest.fixture
def folder(tmp_path):
    """Two claims, one of which has items."""
    write_verdicts(tmp_path, [RECORD, REFUSED], {"versions": {}})
    write_items(tmp_path, record_name(RECORD), {"base": task(1.0, 1.0), "pruned": task(1.0, 0.0)})
    return tmp_path


def test_claims_have_verdict_effect_and_parameters(folder):
    """One row each; what was not measured is missing, not 0."""
    claims = harness.read(folder).claims.set_index("claim")

    assert claims.loc["a-claim", ["method", "ratio", "verdict", "estimate"]].tolist() == [
        "reverse",
        0.25,
        "reproduced",
        0.4,
    ]
    assert claims.loc["another", ["estimate", "p_value"]].isna().all()


def test_scores_are_the_blocks_of_the_rows(folder):
    """By claim, task and role; items are there by themselves."""
    report = harness.read(folder)

    assert report.scores[["task", "role", "n", "base", "variant", "kept", "low"]].values.tolist() == [
        ["facts", "hit", 2, 1.0, 0.5, 0.4, 0.1],
    ]
    assert report.items[report.items.label == "wrong"].item_id.tolist() == ["facts|1"]


def test_sweeps_have_their_layers(folder):
    """What is a retention is a row; other figures of a layer are not."""
    assert harness.read(str(folder)).layers[["layer", "group", "estimate"]].values.tolist() == [[0, "reasoning", 0.1]]


def test_it_says_what_it_holds(folder):
    """In a terminal and in a notebook."""
    report = harness.read(folder)

    assert repr(report) == "Report(1 reproduced, 1 not testable)"
    assert "<td>a-claim</td>" in report._repr_html_()


def test_a_damaged_item_file_is_named(folder):
    """With the line."""
    path = folder / "items" / record_name(RECORD) / "base.jsonl"
    path.write_text(f"{path.read_text()}{{")

    with pytest.raises(BadInput, match=r"base\.jsonl, line 3: not JSON"):
        harness.read(folder)


def test_a_folder_without_claims_is_refused(tmp_path):
    """Instead of frames without columns."""
    write_verdicts(tmp_path, [], {"versions": {}})
    with pytest.raises(BadInput, match="no claim was decided there"):
        harness.read(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path):
    """One sentence."""
    with pytest.raises(BadInput, match="expected a report folder"):
        harness.read(tmp_path)
