"""What a command of `python -m harness` is."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command; none of its parts imports torch before `run` is called."""

    summary: str
    """One sentence for `--help`."""
    add_arguments: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int | None]
    """Does the work, writes to stdout, returns the exit code (None: 0); BadInput where the input cannot be used."""
    bad_input: int = 2
    """Exit code where the input cannot be used; argparse's own."""
