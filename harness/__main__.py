"""`python -m harness COMMAND`: what can be done without pytest. Input that cannot be used exits with 2 (`gate`: 4)."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from harness import versions
from harness.arguments import require_cards
from harness.commands.bench import BENCH
from harness.commands.command import Command
from harness.commands.compare import COMPARE
from harness.commands.depth import DEPTH
from harness.commands.doctor import DOCTOR
from harness.commands.export import EXPORT
from harness.commands.gate import GATE
from harness.commands.gpu_check import GPU_CHECK
from harness.commands.ladder import LADDER
from harness.commands.machines import MACHINES
from harness.commands.merge import MERGE
from harness.commands.noise import NOISE
from harness.commands.power import POWER
from harness.commands.rank import RANK
from harness.commands.report import REPORT
from harness.commands.scoreboard import SCOREBOARD
from harness.commands.store import STORE
from harness.errors import BAD_INPUT, BadInput
from harness.execute.sandbox import FOUND, isolation_warnings
from harness.models.quiet import said_once
from harness.stopping import stopping_like_ctrl_c
from harness.versions import DISTRIBUTION

COMMANDS: dict[str, Command] = {
    "doctor": DOCTOR,
    "rank": RANK,
    "export": EXPORT,
    "scoreboard": SCOREBOARD,
    "noise": NOISE,
    "gpu-check": GPU_CHECK,
    "ladder": LADDER,
    "power": POWER,
    "gate": GATE,
    "compare": COMPARE,
    "depth": DEPTH,
    "report": REPORT,
    "merge": MERGE,
    "machines": MACHINES,
    "bench": BENCH,
    "store": STORE,
}
STOPPED = 130  # what shells say of Ctrl-C


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors exit as the bad input of its command does."""

    bad_input = BAD_INPUT

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and exit."""
        self.print_usage(sys.stderr)
        self.exit(self.bad_input, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after `python -m harness`; None: the process's own.

    Returns:
        What the command says, mostly 0; 2 (of `gate` 4) where it was given input that cannot be used or its output
        cannot be written; 130 after Ctrl-C or SIGTERM.
    """
    parser = _Parser(
        prog="python -m harness", description="Find out whether removing layers from a language model broke it."
    )
    parser.add_argument("--version", action="version", version=f"{DISTRIBUTION} {versions.versions()[DISTRIBUTION]}")
    chosen = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        own = chosen.add_parser(name, help=command.summary, description=command.summary)
        own.bad_input = command.bad_input
        command.add_arguments(own)
    arguments = parser.parse_args(argv)
    command = COMMANDS[arguments.command]
    before = {*FOUND}  # by what ran earlier in this process, which may be somebody else's
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that ASCII cannot show end no command
    try:
        if not command.any_versions:
            versions.require_versions()
        require_cards(getattr(arguments, "cards", 1))
        with stopping_like_ctrl_c(), said_once():
            code = command.run(arguments)
        sys.stdout.flush()
        sys.stderr.writelines(f"{warning}\n" for warning in isolation_warnings(sorted(FOUND - before)))
    except BadInput as error:
        return _ended(arguments.command, str(error), command.bad_input)
    except KeyboardInterrupt:
        return _ended(arguments.command, "stopped; what was answered is kept, and the same command goes on", STOPPED)
    except OSError as error:
        if error.filename is not None:  # of a file; a full disk behind stdout and a reader that left have no name
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python tries again at its end
        return _ended(arguments.command, f"the output cannot be written ({error.strerror})", command.bad_input)
    return code or 0


def _ended(command: str, sentence: str, code: int) -> int:
    sys.stderr.write(f"python -m harness {command}: {sentence}\n")
    return code


def script() -> None:
    """Run as a process of its own: `harness COMMAND`, `python -m harness COMMAND`."""
    # its threads and the sandbox's processes do not mix
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.exit(main())


if __name__ == "__main__":
    script()
