"""An answer as a line of a store has it: its kind and its fields. Pure."""

from collections.abc import Mapping
from typing import Any

from harness.journal import typed
from harness.text.requests import Answer, Generation, LogLikelihood, NextToken

ANSWER_TYPES: Mapping[str, type[Answer]] = {kind.__name__: kind for kind in (LogLikelihood, NextToken, Generation)}


def answer_of(kind: str, fields: Mapping[str, Any]) -> Answer | None:
    """The answer of a row; None where its fields are not such an answer's."""
    return typed(ANSWER_TYPES[kind], fields) if kind in ANSWER_TYPES else None
