"""`python -m harness merge`: reports of parts of one run, put together."""

import argparse
import sys

from harness.commands.command import Command
from harness.options import as_path, declare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("folders", type=as_path, nargs="+", metavar="DIR", help="what runs wrote with --report, each on its machine")
    declare(add, "--out", required=True)


def run(arguments: argparse.Namespace) -> None:
    """Write the whole, and print its table.

    Raises:
        BadInput: the reports do not go together, or the folder cannot be written.
    """
    from harness.export.folder import require_new
    from harness.report.shards import merge
    from harness.report.table import in_encoding, verdict_table

    require_new(arguments.out)
    records = merge(arguments.folders, arguments.out)
    table = in_encoding(verdict_table(records), sys.stdout.encoding)
    sys.stdout.write(f"{table}\n\n{len(records)} rows: {arguments.out / 'index.html'}\n")


MERGE = Command("Put reports of parts of one run together: rows, items, pages, p-values.", add_arguments, run)
