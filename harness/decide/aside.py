"""Measurements beside a claim: none of them may end its check."""

from collections.abc import Callable
from typing import Any

from harness.errors import BadInput


def aside(measure: Callable[..., Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401  # whatever is measured
    """What `measure` finds; why it cannot, in a sentence, where its input allows no answer."""
    try:
        return measure(*args, **options)
    except BadInput as error:
        return str(error)
