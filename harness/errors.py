"""The one exception a user is meant to read."""


class BadInput(ValueError):  # noqa: N818  # reads as what it is: the input was bad, the harness is fine
    """Input that cannot be used. The message names the value, what was expected and what to do, in one sentence."""
