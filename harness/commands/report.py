"""`python -m harness report`: the page of a report folder, made again, and its claims as others take them."""

import argparse
import sys
from pathlib import Path

from harness.arguments import require_file, require_writable
from harness.commands.command import Command
from harness.errors import BadInput
from harness.files import write_whole
from harness.options import as_path
from harness.report.trackers import TRACKERS, track
from harness.versions import require_extra


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("folder", type=as_path, nargs="?", default=Path("report"), metavar="DIR",
        help="what a run wrote with --report (default: report/)")  # fmt: skip
    add("--pdf", type=as_path, metavar="DIR", help="write the figures as PDF too, into this folder")
    add("--latex", type=as_path, metavar="FILE", help="write the claims as a LaTeX table too (booktabs)")
    add("--every-eval-ever", type=as_path, metavar="DIR", help="write scores and items as Every Eval Ever has them "
        "too, below this folder")  # fmt: skip
    add("--to", choices=sorted(TRACKERS), help="tell an experiment tracker every row, as a run each")
    add("--project", default="layer-pruning-checks", metavar="NAME", help="with --to: what the tracker groups runs by "
        "(default: layer-pruning-checks)")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Write `index.html`, and what papers, archives and trackers take where they are wanted.

    Raises:
        BadInput: the folder has no verdicts.json, or cannot be written.
    """
    from harness.report.every_eval_ever import write_every_eval_ever
    from harness.report.latex import latex_table
    from harness.report.summary import draw
    from harness.report.verdicts import read_records
    from harness.report.web import write_site

    require_file("--latex", arguments.latex)
    if not arguments.project.strip():
        raise BadInput(f"--project {arguments.project!r}: names no project; expected a name")
    if arguments.every_eval_ever:
        require_writable("--every-eval-ever", arguments.every_eval_ever)
    if arguments.pdf:
        require_extra("report", "pictures")
        require_writable("--pdf", arguments.pdf)
        for path in draw(arguments.pdf, read_records(arguments.folder)[1], "pdf"):
            sys.stdout.write(f"{path}\n")
    if arguments.latex:
        write_whole(arguments.latex, latex_table(read_records(arguments.folder)[1]))
        sys.stdout.write(f"{arguments.latex}\n")
    if arguments.every_eval_ever:
        for path in write_every_eval_ever(arguments.folder, arguments.every_eval_ever):
            sys.stdout.write(f"{path}\n")
    if arguments.to:
        told = track(arguments.folder, arguments.to, arguments.project)
        sys.stdout.write(f"{arguments.to}: {told} runs in project {arguments.project}\n")
    sys.stdout.write(f"{write_site(arguments.folder)}\n")


REPORT = Command("Make the page of a report: claims, plots, scores and items in one HTML file.", add_arguments, run)
