"""`python -m harness ladder`: whether what a claim measures grows, shrinks or stays with the size of the model."""

import argparse
import json
import sys

from harness import files
from harness.arguments import require_file
from harness.commands.command import Command
from harness.errors import BadInput
from harness.options import as_path, declare
from harness.versions import require_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("--report", type=as_path, nargs="+", required=True, metavar="DIR", help="reports of `pytest checks/ --model "
        "RUNG --report DIR`, one a rung (rungs: `python -m fixtures.train --rung NAME --out RUNG`)")  # fmt: skip
    declare(add, "--json")
    declare(add, "--picture", help="draw effects against parameters (PNG)")


def run(arguments: argparse.Namespace) -> None:
    """Print a table of the ladder's claims by size, and what each does with size.

    Raises:
        BadInput: a report cannot be used, or a file cannot be written.
    """
    from harness.report.ladder import as_json, climbs, table
    from harness.report.rungs import read_steps

    require_file("--json", arguments.json)
    require_file("--picture", arguments.picture)
    if arguments.picture is not None:
        require_extra("report", "pictures")
    found = climbs(read_steps(arguments.report))
    sys.stdout.write(f"{table(found)}\n")
    sys.stdout.flush()
    try:
        if arguments.json is not None:
            files.write_whole(arguments.json, json.dumps(as_json(found), indent=1, allow_nan=False) + "\n")
        if arguments.picture is not None:
            from harness.report.picture import ladder_picture

            ladder_picture(arguments.picture, found)
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written ({error.strerror}); name another file") from error


LADDER = Command("Compare what claims find on models of several sizes: does it grow with size?", add_arguments, run)
