"""Files of a data folder: what is wrong with one is said before a model is asked, by file, line and column."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from harness.arguments import require_data
from harness.errors import BadInput
from harness.tasks.data import read_jsonl
from harness.tasks.layouts import LAYOUTS, checked_file, checked_rows, table
from harness.tasks.lm_eval_tasks import task_config
from harness.tasks.source import Folder
from harness.tasks.suite import TASKS, evaluate
from tests.whole_folder import whole_folder

BROKEN = {
    "missing": lambda row, name: {column: value for column, value in row.items() if column != name},
    "renamed": lambda row, name: {column + "_" * (column == name): value for column, value in row.items()},
    "null": lambda row, name: row | {name: None},
    "a float": lambda row, name: row | {name: 0.5},
    "a list": lambda row, name: row | {name: []},
    "an object": lambda row, name: row | {name: {"text": 1}},
    "true": lambda row, name: row | {name: True},
    "minus one": lambda row, name: row | {name: -1},
    "blank": lambda row, name: row | {name: "  "},
}
MAY_BE = {"ctx_b": {"blank"}, "test_imports": {"a list"}}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with every file as it should be."""
    return whole_folder(tmp_path_factory.mktemp("data"))


def write(folder, relative, rows):
    """The file with these rows."""
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize("relative", LAYOUTS)
def test_a_file_as_it_should_be_is_read(whole, relative):
    """Every file of the dry run passes, and gives its rows."""
    assert checked_rows(Folder(whole), relative) == read_jsonl(whole / relative)


@pytest.mark.parametrize(
    ("relative", "name", "fault"),
    [
        (relative, name, fault)
        for relative, layout in LAYOUTS.items()
        for name in layout.columns
        for fault in BROKEN
        if fault not in MAY_BE.get(name, ())
    ],
)
def test_every_fault_of_every_column_is_named(whole, tmp_path, relative, name, fault):
    """File, line, column and what was expected, in one sentence that points to the page that has the layout."""
    rows = checked_rows(Folder(whole), relative)
    write(tmp_path, relative, [rows[0], "", BROKEN[fault](rows[1], name), *rows[2:]])
    with pytest.raises(BadInput) as caught:
        checked_file(Folder(tmp_path), relative)
    message = str(caught.value)
    assert f"{relative}, line 3" in message
    assert repr(name) in message
    assert LAYOUTS[relative].columns[name].kind in message
    assert "docs/data.md" in message
    assert "\n" not in message


@pytest.mark.parametrize("relative", [relative for relative, layout in LAYOUTS.items() if layout.same])
def test_copies_are_no_evidence(whole, tmp_path, relative):
    """Forty copies of one item are not forty items, nor are they where the name alone differs."""
    row = checked_rows(Folder(whole), relative)[0]
    other = {"id": "another", "task_id": "another"}
    copies = [row | {name: f"{value} {index}" for name, value in other.items() if name in row and name not in
                     LAYOUTS[relative].same} for index in range(40)]  # fmt: skip
    write(tmp_path, relative, copies)
    with pytest.raises(BadInput, match=r"line 2: the same .* as .*line 1; 39 of 40 rows repeat another"):
        checked_file(Folder(tmp_path), relative)


@pytest.mark.parametrize("relative", LAYOUTS)
def test_a_file_without_rows_is_named(tmp_path, relative):
    """Nothing, or blank lines only."""
    write(tmp_path, relative, ["", "  "])
    with pytest.raises(BadInput, match="has no rows"):
        checked_file(Folder(tmp_path), relative)


@pytest.mark.parametrize(
    ("relative", "changes", "message"),
    [
        ("classification/piqa_validation.jsonl.gz", {"label": -1}, "'label': -1; expected 0 or 1"),
        ("classification/piqa_validation.jsonl.gz", {"label": 2}, "'label': 2; expected 0 or 1"),
        ("classification/hellaswag_validation.jsonl.gz", {"label": ""}, "'label': ''; expected 0, 1, 2 or 3"),
        ("classification/hellaswag_validation.jsonl.gz", {"endings": ["a", "", "c", "d"]}, "list of four texts"),
        ("classification/arc_easy_test.jsonl.gz", {"answerKey": "1"}, "'answerKey': '1' is none of the labels"),
        ("classification/arc_easy_test.jsonl.gz", {"choices": {"text": ["a", ""], "label": ["A", "B"]}}, "none empty"),
        ("classification/arc_easy_test.jsonl.gz", {"choices": {"text": ["a", "b"], "label": ["A", "A"]}}, "or twice"),
        ("classification/winogrande_xl_validation.jsonl.gz", {"sentence": "no gap"}, "one _ for the gap"),
        ("classification/mmlu_test.jsonl.gz", {"answer": "A"}, "'answer': 'A'; expected 0, 1, 2 or 3"),
        ("math/gsm8k_test.jsonl.gz", {"answer": 18}, "'answer': 18; expected text with the number after ####"),
        ("math/gsm8k_test.jsonl.gz", {"answer": "#### eighteen"}, "expected text with the number after ####"),
        ("arithmetic/single_digit_three_ops.jsonl", {"completion": "thirty"}, "expected text that is a number"),
        ("arithmetic/single_digit_three_ops.jsonl", {"context": "What is 3 + 4?"}, "expected text such as"),
        ("code/MbppPlus-OriginFmt.jsonl.gz", {"test_list": []}, "'test_list': .*expected a list of assertions"),
        ("code/HumanEvalPlus-OriginFmt.jsonl.gz", {"test": "def check(f): pass"}, "OriginFmt file, not its native one"),
    ],
)
def test_labels_and_answers_that_cannot_be_are_refused(whole, tmp_path, relative, changes, message):
    """Out of range, empty, of another kind, or none of the options."""
    rows = checked_rows(Folder(whole), relative)
    write(tmp_path, relative, [*rows[:-1], rows[-1] | changes])
    with pytest.raises(BadInput, match=message):
        checked_file(Folder(tmp_path), relative)


def test_tasks_and_lm_eval_ask_for_checked_files(whole, tmp_path):
    """Whatever asks a model reads through the check, so that it comes first."""
    tasks = {
        "gsm8k": "math/gsm8k_test.jsonl.gz",
        "arithmetic": "arithmetic/single_digit_three_ops.jsonl",
        "two_digit_addition": "arithmetic/two_digit_addition.jsonl",
        "xsum": "summarization/xsum_test1000.jsonl.gz",
        "human_eval_plus": "code/HumanEvalPlus-OriginFmt.jsonl.gz",
        "mbpp_plus": "code/MbppPlus-OriginFmt.jsonl.gz",
        "arc_easy_generated": "classification/arc_easy_test.jsonl.gz",
    }
    for name, relative in tasks.items():
        write(tmp_path, relative, [{"other": 1}])
        with pytest.raises(BadInput, match=f"{Path(relative).name}, line 1: no column"):
            TASKS[name].load(Folder(tmp_path), "test")
        assert TASKS[name].load(Folder(whole), "test")
    write(tmp_path, "classification/piqa_validation.jsonl.gz", [{"goal": "g", "sol1": "a", "sol2": "b", "label": -1}])
    with pytest.raises(BadInput, match="the public test split has -1"):
        task_config("piqa", Folder(tmp_path), 0, tmp_path)


def test_worked_examples_may_repeat(whole, tmp_path):
    """Nothing is counted over them."""
    relative = "classification/arc_easy_train.jsonl.gz"
    write(tmp_path, relative, checked_rows(Folder(whole), relative)[:1] * 8)
    assert len(checked_rows(Folder(tmp_path), relative)) == 8


def test_all_forms_of_an_item_have_one_name(whole):
    """ARC's own names are not lm-eval's, which counts rows: the forms could not be paired."""
    relative = "classification/arc_easy_test.jsonl.gz"
    names = [f"arc_easy|{index}" for index in range(len(checked_rows(Folder(whole), relative)))]
    for form in ("arc_easy_generated", "arc_easy_chain"):
        assert [item["id"] for item in TASKS[form].load(Folder(whole), "test")] == names


def test_a_faulty_file_is_named_before_any_other_task_is_asked(whole, tmp_path):
    """The last task's file, too: by `evaluate`, and by every command as soon as it sees --data."""
    shutil.copytree(whole, tmp_path / "data")
    row = {"goal": "g", "sol1": "a", "sol2": "b", "label": -1}
    write(tmp_path / "data", "classification/piqa_validation.jsonl.gz", [row])
    folder = tmp_path / "data"
    for refused in (lambda: evaluate(("gsm8k", "piqa"), None, Folder(folder), None, 0), lambda: require_data(folder)):
        with pytest.raises(BadInput, match=r"piqa_validation\.jsonl\.gz, line 1, column 'label': -1; expected 0 or 1"):
            refused()
    require_data(whole)


def test_a_changed_file_is_checked_again(whole, tmp_path):
    """What was found right is remembered for this very file only."""
    relative = "math/gsm8k_test.jsonl.gz"
    rows = checked_rows(Folder(whole), relative)
    write(tmp_path, relative, rows)
    checked_file(Folder(tmp_path), relative)
    write(tmp_path, relative, [*rows, {"question": None}])
    with pytest.raises(BadInput, match="'question': null"):
        checked_file(Folder(tmp_path), relative)


@pytest.mark.parametrize(("gold", "number"), [("#### 1,234", "1234"), ("#### 3.5", "3.5"), ("x\n#### -3", "-3")])
def test_golds_may_have_separators_and_decimals(tmp_path, gold, number):
    """They are read as the judge reads answers."""
    from harness.tasks.gsm8k import gold_answer

    write(tmp_path, "math/gsm8k_test.jsonl.gz", [{"question": "How many?", "answer": gold, "id": "theirs"}])
    (item,) = TASKS["gsm8k"].load(Folder(tmp_path), "test")
    assert (gold_answer(item["answer"]), item["id"]) == (number, "gsm8k|test|0")


def test_the_page_has_the_layouts():
    """`docs/data.md` says what is checked, file by file and column by column."""
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
    assert table() in page
