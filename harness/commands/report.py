"""`python -m harness report`: the page of a report folder, made again, and its claims as a table for a paper."""

import argparse
import sys
from pathlib import Path

from harness.arguments import require_file, require_writable
from harness.commands.command import Command
from harness.files import write_whole
from harness.options import as_path
from harness.versions import require_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("folder", type=as_path, nargs="?", default=Path("report"), metavar="DIR",
        help="what a run wrote with --report (default: report/)")  # fmt: skip
    add("--pdf", type=as_path, metavar="DIR", help="write the figures as PDF too, into this folder")
    add("--latex", type=as_path, metavar="FILE", help="write the claims as a LaTeX table too (booktabs)")


def run(arguments: argparse.Namespace) -> None:
    """Write `index.html`, and the table and figures for a paper where they are wanted.

    Raises:
        BadInput: the folder has no verdicts.json, or cannot be written.
    """
    from harness.report.latex import latex_table
    from harness.report.summary import draw
    from harness.report.verdicts import read_records
    from harness.report.web import write_site

    require_file("--latex", arguments.latex)
    if arguments.pdf:
        require_extra("report", "pictures")
        require_writable("--pdf", arguments.pdf)
        for path in draw(arguments.pdf, read_records(arguments.folder)[1], "pdf"):
            sys.stdout.write(f"{path}\n")
    if arguments.latex:
        write_whole(arguments.latex, latex_table(read_records(arguments.folder)[1]))
        sys.stdout.write(f"{arguments.latex}\n")
    sys.stdout.write(f"{write_site(arguments.folder)}\n")


REPORT = Command("Make the page of a report: claims, plots, scores and items in one HTML file.", add_arguments, run)
