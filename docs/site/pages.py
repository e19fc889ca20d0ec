"""Pages that are made from the code: the tutorial's cells, the Python names, the command line."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import harness
from harness.__main__ import COMMANDS
from harness.plugin import options

GROUPS = {
    "From a notebook": ("evaluate", "compare", "check", "read"),
    "Models and layers": ("load_model", "LoadedModel", "prune_layers", "apply_plan", "LayerPlan"),
    "Methods": ("rank_layers", "Ranking", "declare", "check_method"),
    "Claims of one's own": ("Design", "Condition", "Interval", "register"),
    "What is refused": ("BadInput",),
}


def notebook(file: Path) -> str:
    """A notebook as a page: text, code, and what each cell showed."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join(_cell(cell) for cell in cells) + "\n"


def _cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return source
    shown = [_shown(output) for output in cell["outputs"]]
    return "\n\n".join([f"```python\n{source}\n```", *shown])


def _shown(output: dict[str, Any]) -> str:
    text = "".join(output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"])
    return f"```text\n{text.rstrip()}\n```"


def python() -> str:
    """The names that are kept stable, each from its docstring."""
    parts = ["# Python", (harness.__doc__ or "").partition("\n\n")[2]]
    for title, names in GROUPS.items():
        parts += [
            f"## {title}",
            *(f"::: {harness._HOMES[name]}.{name}\n    options:\n      heading_level: 3" for name in names),
        ]
    return "\n\n".join(parts) + "\n"


def command_line() -> str:
    """Every command and pytest option with its help."""
    os.environ["COLUMNS"] = "110"
    parts = ["# Command line", "`harness COMMAND` and `python -m harness COMMAND` are the same."]
    for name, command in COMMANDS.items():
        parser = argparse.ArgumentParser(prog=f"harness {name}", description=command.summary)
        command.add_arguments(parser)
        parts += [f"## harness {name}", f"```text\n{parser.format_help().rstrip()}\n```"]
    checks = argparse.ArgumentParser(prog="pytest checks/", add_help=False, usage="pytest checks/ [OPTIONS]")
    options._add_all(checks.add_argument)
    parts += ["## pytest", f"```text\n{checks.format_help().rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"
