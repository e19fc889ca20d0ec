"""`python -m harness report`: the page of a report folder, made again from what lies in it."""

import argparse
import sys
from pathlib import Path

from harness.commands.command import Command
from harness.options import as_path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    parser.add_argument("folder", type=as_path, nargs="?", default=Path("report"), metavar="DIR",
                        help="what a run wrote with --report (default: report/)")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write `index.html`.

    Raises:
        BadInput: the folder has no verdicts.json, or cannot be written.
    """
    from harness.report.web import write_site

    sys.stdout.write(f"{write_site(arguments.folder)}\n")


REPORT = Command("Make the page of a report: claims, plots, scores and items in one HTML file.", add_arguments, run)
