"""Runs a notebook's cells in order and keeps what they show: `python -m harness.selfcheck.notebook FILE [FILE ...]`.

No kernel: a cell is run as a module's text is, in one namespace for all, in a process of its own. What it prints and
what its last line comes to are its outputs, as text and, where a value has a table of its own, as HTML.
"""

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from harness.errors import BadInput

Cell = dict[str, Any]


def run(cells: list[Cell]) -> list[Cell]:
    """The cells with their outputs of now; those of text stay as they are.

    Raises:
        BadInput: a cell is no Python.
        Exception: whatever a cell raises.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    return [cell if cell["cell_type"] != "code" else cell | {"outputs": _outputs(cell, names)} for cell in cells]


def _outputs(cell: Cell, names: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        tree = ast.parse("".join(cell["source"]))
    except SyntaxError as error:
        raise BadInput(f"a cell is no Python ({error}): {''.join(cell['source'])[:60]!r}; mend it") from error
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)  # noqa: S102  # our own notebook
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307  # the same
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())})
    if value is not None:
        outputs.append({"output_type": "display_data", "metadata": {}, "data": _shown(value)})
    return outputs


def _shown(value: object) -> dict[str, list[str]]:
    shown = {"text/plain": _lines(repr(value))}
    if (table := getattr(value, "_repr_html_", None)) is not None:
        shown["text/html"] = _lines(table())
    return shown


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def read(path: Path) -> dict[str, Any]:
    """A notebook.

    Raises:
        BadInput: it cannot be read, or is none.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        [cell["cell_type"] + "".join(cell["source"]) for cell in content["cells"]]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadInput(f"{path}: expected a notebook (.ipynb, format 4): {error}") from error
    return content


def main(paths: list[str]) -> int:
    """Write every notebook anew."""
    try:
        for path in map(Path, paths):
            content = read(path)
            content["cells"] = run(content["cells"])
            path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except BadInput as error:
        sys.stderr.write(f"python -m harness.selfcheck.notebook: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
