"""The tutorial runs from its first cell to its last, and shows what is stored in it."""

import json
import re
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.selfcheck.notebook import main, read, run

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"


def cell(source):
    """A cell of code."""
    return {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": [source]}


def shown(cells):
    """What the cells show as text, without its figures and its width: those are of a machine."""
    texts = [
        "".join(output.get("text") or output["data"]["text/plain"])
        for one in cells
        for output in one.get("outputs", ())
    ]
    return [" ".join(re.sub(r"[-\d.]+", "#", text).split()) for text in texts]


def test_the_tutorial_shows_what_it_says(tmp_path, monkeypatch):
    """Run again elsewhere, every cell shows the same but for figures."""
    monkeypatch.chdir(tmp_path)
    stored = read(TUTORIAL)["cells"]

    assert shown(run(stored)) == shown(stored)


def test_cells_share_names_and_show_prints_and_their_last_line():
    """As a kernel does; a value with a table of its own shows that too."""
    table = "class T:\n    def __repr__(self): return 'T'\n    def _repr_html_(self): return '<b>'\nT()"
    first, second, third = run([cell("a = 1\nprint(a)"), cell("a + 1"), cell(table)])

    assert first["outputs"] == [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]
    assert second["outputs"][0]["data"] == {"text/plain": ["2"]}
    assert third["outputs"][0]["data"] == {"text/plain": ["T"], "text/html": ["<b>"]}


def test_a_notebook_is_written_with_its_outputs(tmp_path):
    """Text cells stay; a second run writes the same bytes."""
    path = tmp_path / "a.ipynb"
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# a"]}
    path.write_text(json.dumps({"cells": [text, cell("1")], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))

    assert main([str(path)]) == 0
    once = path.read_bytes()
    assert main([str(path)]) == 0
    assert path.read_bytes() == once
    assert read(path)["cells"][0] == text


@pytest.mark.parametrize("content", [None, "{", "[]", '{"cells": [{}]}'])
def test_what_is_no_notebook_is_refused(content, tmp_path, capsys):
    """In a sentence, with exit code 2."""
    path = tmp_path / "a.ipynb"
    if content is not None:
        path.write_text(content)

    assert main([str(path)]) == 2
    assert f"{path}: expected a notebook (.ipynb, format 4)" in capsys.readouterr().err


def test_a_cell_that_is_no_python_is_refused():
    """With its beginning."""
    with pytest.raises(BadInput, match=r"a cell is no Python .*: '%magic'; mend it"):
        run([cell("%magic")])
