"""`python -m harness COMMAND`: what can be done without pytest. Input that cannot be used exits with 2."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from harness import versions
from harness.commands.command import Command
from harness.commands.export import EXPORT
from harness.commands.rank import RANK
from harness.commands.scoreboard import SCOREBOARD
from harness.errors import BadInput
from harness.execute.sandbox import FOUND, isolation_warnings

COMMANDS: dict[str, Command] = {"rank": RANK, "export": EXPORT, "scoreboard": SCOREBOARD}
BAD_INPUT = 2  # also argparse's exit code


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after `python -m harness`; None: the process's own.

    Returns:
        0, or 2 where a command was given input that cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="python -m harness", description="Find out whether removing layers from a language model broke it."
    )
    chosen = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        command.add_arguments(chosen.add_parser(name, help=command.summary, description=command.summary))
    arguments = parser.parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that ASCII cannot show end no command
    try:
        versions.require_versions()
        COMMANDS[arguments.command].run(arguments)
        sys.stdout.flush()
        sys.stderr.writelines(f"{warning}\n" for warning in isolation_warnings(sorted(FOUND)))
    except BadInput as error:
        sys.stderr.write(f"python -m harness {arguments.command}: {error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    # its threads and the sandbox's processes do not mix
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())
