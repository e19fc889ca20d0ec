"""lighteval's details: a file that it wrote, and what it says when changed."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from harness.errors import BadInput
from harness.gate.pairs import pair
from harness.gate.read import read

DATA = Path(__file__).parent / "data"
DATE = "2026-11-27T04-41-58.172941"


def laid_out(folder, rows=None, name="which|0", results=None):
    """The folder that lighteval leaves, with its own details or rows of ours."""
    details = folder / "details" / "org" / "model" / DATE / f"details_{name}_{DATE}.parquet"
    beside = folder / "results" / "org" / "model" / f"results_{DATE}.json"
    details.parent.mkdir(parents=True, exist_ok=True)
    beside.parent.mkdir(parents=True, exist_ok=True)
    if rows is None:
        shutil.copy(DATA / "lighteval_which.parquet", details)
    else:
        parquet.write_table(pa.Table.from_pylist(rows), details)
    beside.write_text(json.dumps(results) if results else (DATA / "lighteval_results.json").read_text())
    return folder


@pytest.fixture
def rows():
    """What lighteval wrote."""
    return parquet.read_table(DATA / "lighteval_which.parquet").to_pylist()


@pytest.fixture
def base(tmp_path):
    """A run that lighteval wrote."""
    return read(str(laid_out(tmp_path / "base")))


def test_its_own_details_are_read(base):
    """Items by what they say, guessing by the options, examples from the task's name."""
    task = base.tasks["which"]

    assert (base.tool, base.model) == ("lighteval", "org/model-0")
    assert len(task.items) == 12
    assert task.chance == {"acc": 0.25}
    assert task.settings["num_fewshot"] == "0"
    assert '"temperature": 0' in task.settings["generation_parameters"]


def test_items_are_paired_whatever_their_order(base, tmp_path, rows):
    """Rows turned round."""
    other = read(str(laid_out(tmp_path / "other", rows[::-1])))
    found = pair(base, other).tasks[0]

    assert found.problems == ()
    assert found.paired.base == found.paired.pruned


def test_another_number_of_examples_is_named(base, tmp_path, rows):
    """It stands in the task's name, which pairs all the same."""
    other = read(str(laid_out(tmp_path / "other", rows, "which|5")))

    assert "num_fewshot is 0 for the base and 5 for the new model" in pair(base, other).tasks[0].problems


def test_another_prompt_is_named(base, tmp_path, rows):
    """The text that the model was given."""
    rows[3]["model_response"]["input"] += " Think!"
    other = read(str(laid_out(tmp_path / "other", rows)))

    assert "1 of 12 items were asked with another prompt" in pair(base, other).tasks[0].problems[0]


def test_another_sampling_is_named(base, tmp_path):
    """Temperature and the like."""
    results = json.loads((DATA / "lighteval_results.json").read_text())
    results["config_general"]["model_config"]["generation_parameters"]["temperature"] = 0.7
    other = read(str(laid_out(tmp_path / "other", results=results)))

    assert pair(base, other).tasks[0].problems[0].startswith("generation_parameters is ")


def test_less_that_is_better_is_known(tmp_path, rows):
    """Where the results say so."""
    results = json.loads((DATA / "lighteval_results.json").read_text())
    results["config_tasks"] = {"which|0": {"metrics": [{"metric_name": "acc", "higher_is_better": False}]}}

    assert read(str(laid_out(tmp_path, rows, results=results))).tasks["which"].lower_is_better == {"acc"}


def test_copies_of_a_document_are_told_apart(tmp_path, rows):
    """Both count."""
    assert len(read(str(laid_out(tmp_path, [*rows, rows[0]]))).tasks["which"].items) == 13


def test_details_alone_are_read(base, tmp_path):
    """Without results, less is known of how it was asked."""
    path = tmp_path / "which.parquet"
    shutil.copy(DATA / "lighteval_which.parquet", path.with_name("details_which.parquet"))
    log = read(str(path.with_name("details_which.parquet")))

    assert log.tasks["which"].settings == {}
    assert pair(base, log).tasks[0].problems == ()


def test_two_runs_are_refused(tmp_path, rows):
    """Two numbers of examples, or two dates."""
    laid_out(tmp_path, rows)
    laid_out(tmp_path, rows, "which|5")

    with pytest.raises(BadInput, match=r"two runs of task 'which' .* name the folder of one date"):
        read(str(tmp_path))


def test_a_broken_file_is_a_sentence(tmp_path):
    """A copy that was cut off, and another tool's parquet."""
    path = tmp_path / "details_which.parquet"
    path.write_bytes((DATA / "lighteval_which.parquet").read_bytes()[:900])
    with pytest.raises(BadInput, match="cannot be read as details of lighteval"):
        read(str(path))
    parquet.write_table(pa.table({"a": [1]}), path)
    with pytest.raises(BadInput, match=r"cannot be read as details of lighteval \(KeyError"):
        read(str(path))
