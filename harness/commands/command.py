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
    run: Callable[[argparse.Namespace], None]
    """Does the work and writes to stdout; raises BadInput where the input cannot be used."""
