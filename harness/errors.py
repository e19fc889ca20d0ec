"""The exceptions a user is meant to read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

BAD_INPUT = 2
"""What a program exits with that was given input which cannot be used; also argparse's."""


class BadInput(ValueError):  # noqa: N818  # reads as what it is: the input was bad, the harness is fine
    """Input that cannot be used. The message names the value, what was expected and what to do, in one sentence."""


class DoesNotFit(BadInput):
    """A repair that cannot be made of this family or without these layers, whatever else is given."""


@contextmanager
def one_sentence_of(program: str) -> Iterator[None]:
    """While open, bad input ends the process with its sentence and BAD_INPUT instead of a traceback."""
    try:
        yield
    except BadInput as error:
        sys.stderr.write(f"{program}: {error}\n")
        sys.exit(BAD_INPUT)
