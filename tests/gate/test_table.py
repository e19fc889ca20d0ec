"""Tables of any tool, and what no reader knows."""

import pytest

from harness.errors import BadInput
from harness.gate.pairs import pair
from harness.gate.read import read


@pytest.fixture
def table(tmp_path):
    """A file with that text."""

    def write(text, name="a.csv"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_a_csv_is_read(table):
    """Prompts and the score of guessing, where it has them."""
    log = read(table("item,task,score,prompt,chance\na,arc,1,Why?,0.25\nb,arc,0.5,How?,0.25\n"))
    items = log.tasks["arc"].items

    assert {name: item.scores["score"] for name, item in items.items()} == {"a": 1.0, "b": 0.5}
    assert items["a"].asked != items["b"].asked != ""
    assert log.tasks["arc"].chance == {"score": 0.25}


def test_json_lines_are_read(table):
    """The same columns; a line separator within a text is none."""
    text = '{"item": 1, "task": "arc", "score": true, "prompt": "a\u2028b"}\n{"item": 2, "task": "gsm8k", "score": 0}\n'
    log = read(table(text, "a.jsonl"))

    assert log.tasks.keys() == {"arc", "gsm8k"}
    assert log.tasks["arc"].items["1"].scores == {"score": 1.0}


@pytest.mark.parametrize(("first", "second", "same"), [("a", "b", True), ("1", "2", False)])
def test_forms_of_one_benchmark_are_drawn_together(table, first, second, same):
    """Whatever the order of rows; numbers are no names, since any two tasks have them."""
    rows = [f"{item},{task},1\n" for task, items in (("x", (first, second)), ("y", (second, first))) for item in items]
    log = read(table("item,task,score\n" + "".join(rows)))
    x, y = pair(log, log).tasks

    assert (x.paired.items == y.paired.items != "") == same


def test_two_models_in_one_table_are_columns(table):
    """`::base` is the other."""
    path = table("item,task,score,base\na,arc,0,1\n")

    assert read(path).tasks["arc"].items["a"].scores == {"score": 0.0}
    assert read(f"{path}::base").tasks["arc"].items["a"].scores == {"score": 1.0}


@pytest.mark.parametrize(("text", "said"), [
    ("item,task,score\na,arc,1\na,arc,0\n", "item 'a' of task 'arc' is in it twice"),
    ("item,task,score\na,arc,yes\n", "row 1 says 'yes'; expected a number"),
    ("item,task,acc\na,arc,1\n", "row 1 has no 'score'; expected columns item, task, score"),
    ("item,task,score\na,,1\n", "row 1 has no 'task'"),
    ("item,task,score\n", "no item of any task"),
    ("", "no item of any task"),
    ("item;task;score\na;arc;1\n", "row 1 has no 'item'"),
    ("item,task,score\na,arc,0,75\n", "row 1 has more cells than the 3 columns; write decimals with a point"),
    ("item,task,score,score\na,arc,0,1\n", "column 'score' is named twice"),
    ("item,task,score,chance\na,arc,1,25\n", "row 1 has the chance '25'; expected a share of at least 0, below 1"),
    ("item,task,score,chance\na,arc,1,nan\n", "row 1 has the chance 'nan'"),
    ("item,task,score,chance\na,arc,1,0.2\nb,arc,1,\n", "1 of 2 rows of task 'arc' say a chance; expected it in all"),
    (f"item,task,score,prompt\na,arc,1,{'x' * 140_000}\n", "line 2: field larger than field limit"),
])  # fmt: skip
def test_a_table_that_cannot_be_used_is_a_sentence(table, text, said):
    """With the row."""
    with pytest.raises(BadInput, match=said):
        read(table(text))


def test_a_number_that_no_float_holds_is_a_sentence(table):
    """JSON has whole numbers of any length."""
    with pytest.raises(BadInput, match=r"row 1 says '10+'; expected a number"):
        read(table(f'{{"item": 1, "task": "arc", "score": {10**400}}}\n', "a.jsonl"))


@pytest.mark.parametrize(("name", "said"), [
    ("empty", "an empty folder; expected a folder or file of lm-eval"),
    ("pictures", "nothing that is known; expected"),
    ("both", "results of lm-eval and a table; name the files or the folder of one of them"),
    ("tables", r"2 tables \(a.csv, b.csv, ...\); name one"),
])  # fmt: skip
def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path, name, said):
    """Nothing, nothing known, or too much."""
    folder = tmp_path / name
    folder.mkdir()
    files = {"pictures": ["a.png"], "both": ["samples_arc.jsonl", "a.csv"], "tables": ["a.csv", "b.csv"]}.get(name, [])
    for file in files:
        (folder / file).write_text("item,task,score\n")

    with pytest.raises(BadInput, match=said):
        read(str(folder))


@pytest.mark.parametrize("text", [
    '{"item": 1, "task": "a", "score": 1}\n5\n',
    '["item", "task"]\n',
    '{"item": 1, "task": "a", "score": ' + "[" * 100_000,
])  # fmt: skip
def test_lines_that_are_no_rows_are_a_sentence(table, text):
    """A number, a list, brackets that never end."""
    with pytest.raises(BadInput, match=r"cannot be read as .*a table"):
        read(table(text, "a.jsonl"))


def test_no_name_is_no_folder():
    """An empty variable in a script would be the current folder."""
    with pytest.raises(BadInput, match="'': there is no such file or folder"):
        read("")


def test_a_file_that_is_no_text_is_a_sentence(tmp_path):
    """A model by mistake."""
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00 item")

    with pytest.raises(BadInput, match="cannot be read as a table"):
        read(str(tmp_path / "a.csv"))


def test_a_row_that_begins_with_a_long_prompt_is_a_row(table):
    """The first 4,096 bytes are one prompt, after a blank line; columns stand behind it."""
    row = f'{{"prompt": "{"why ? " * 2000}", "item": "a", "task": "arc", "score": 1}}'

    assert read(table(f"\n{row}\n", "a.jsonl")).tasks["arc"].items["a"].scores == {"score": 1.0}
