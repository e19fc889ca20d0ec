"""Why programs fail, by the program and by Python's error texts.

Two protocols. `sound` is ours: the ending that the sandbox reports, brackets counted by tokens. `paper` repeats the
paper's matching of error texts (`analysis/all_viz.ipynb`, cells 13-23, @ 0890223), whose weakness is that a program
cut off at the token limit counts as a bracket "never closed", and one open bracket may also be "invalid syntax" or
"expected ':'". Python 3.10 or later: older versions word the errors differently.
"""

import ast
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from harness.errors import BadInput
from harness.tasks.outcome import Outcome

Failure = Literal[
    "right",
    "unbalanced bracket",
    "other syntax",
    "undefined name",
    "wrong result",
    "timeout",
    "no code",
    "truncated",
    "other",
]
Protocol = Literal["sound", "paper"]

_OF_LABEL: dict[str, Failure] = {
    "right": "right",
    "wrong": "wrong result",
    # whatever state the source of an unfinished answer is in is the cut's doing, and no evidence about brackets
    "truncated": "truncated",
    "loop": "truncated",
    "unfinished thought": "truncated",
    "syntax": "other syntax",
    "unbalanced bracket": "unbalanced bracket",
    "no code": "no code",
    "undefined name": "undefined name",
    "timeout": "timeout",
    "error": "other",
    "memory": "other",
    "killed": "other",
}
# what the sandbox calls an error may be found by the compiler after parsing, or be a call without end
_OF_ERROR: dict[str, Failure] = {
    "SyntaxError": "other syntax",
    "IndentationError": "other syntax",
    "RecursionError": "timeout",
}
_PAPER_TEXTS: tuple[tuple[Failure, tuple[str, ...]], ...] = (  # the first match decides
    (
        "unbalanced bracket",
        ("was never closed", "opening parenthesis", "unmatched ')'", "unmatched '}'", "unmatched ']'"),
    ),
    ("other syntax", ("invalid syntax",)),
    ("undefined name", ("is not defined",)),
    ("timeout", ("timed out", "depth exceeded")),
)
_UNPARSED = (
    "syntax",
    "unbalanced bracket",
    "truncated",
    "loop",
    "unfinished thought",
)  # labels of answers whose source may not parse


def code_failure(outcome: Outcome) -> Failure:
    """Why a program failed, from the label of a code task and what the sandbox said.

    `timeout` includes calls without end (RecursionError), `truncated` includes loops, `other` are exceptions, too
    much memory and programs that brought their process down.

    Raises:
        BadInput: the label is not one of a code task.
    """
    if outcome.label not in _OF_LABEL:
        raise BadInput(
            f"label {outcome.label!r} of {outcome.item_id!r} is not one of a code task ({', '.join(_OF_LABEL)}); "
            f"ask for the failures of a task whose answers are run"
        )
    if outcome.label == "error":
        return _OF_ERROR.get(outcome.detail.split(":")[0], "other")
    return _OF_LABEL[outcome.label]


def paper_failure(passed: bool, error_text: str) -> Failure:  # noqa: FBT001  # the paper's two inputs
    """The paper's class of an error text such as "failed: '(' was never closed", by its matches in its order.

    Its names for ours: Assertion is `wrong result`, Bracket `unbalanced bracket`, Other Syntax `other syntax`,
    Not Defined `undefined name`, Others `other`. It has no `no code` and no `truncated`.
    """
    if passed:
        return "right"
    if error_text == "failed: ":  # an assert without a message
        return "wrong result"
    matches = (kind for kind, texts in _PAPER_TEXTS for text in texts if text in error_text)
    return next(matches, "other")


def python_error_text(source: str) -> str:
    """Python's message about a source that cannot be parsed; "" where it can be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # under pytest's "error", a warning about the text would read as its fault
            ast.parse(source)
    except SyntaxError as error:
        return error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return ""


def failure_shares(
    outcomes: Sequence[Outcome],
    protocol: Protocol = "sound",
    source: Callable[[Outcome], str] = lambda outcome: outcome.program or outcome.response,
) -> dict[Failure, float]:
    """Share of all programs in each class, in [0, 1]; every class is there, and they add up to 1.

    The paper's figures are shares of the programs that failed: divide by 1 - right.

    Args:
        outcomes: Of a code task.
        protocol: Whose classes.
        source: The program of an outcome, for tasks whose response has text around it; only `paper` reads it.

    Raises:
        BadInput: there is no outcome, or one is not of a code task.
    """
    if not outcomes:
        raise BadInput("the failures of 0 programs: expected at least 1; raise --limit")
    kinds = [code_failure(outcome) for outcome in outcomes]
    if protocol == "paper":
        kinds = [paper_failure(outcome.label == "right", _error_text(outcome, source(outcome))) for outcome in outcomes]
    counts = Counter(kinds)
    return {kind: counts[kind] / len(outcomes) for kind in get_args(Failure)}


def _error_text(outcome: Outcome, source: str) -> str:
    """What the paper's runner would have said of a program that did not pass.

    It calls the entry point inside the program's own namespace, so a missing one is a name that is not defined; it
    runs what was cut off, and what is left of a cut may parse: then our outcome does not tell how it ended.
    """
    unparsed = python_error_text(source) if outcome.label in _UNPARSED else ""
    if unparsed or outcome.detail:
        return f"failed: {unparsed or outcome.detail}"
    return {
        "wrong": "failed: ",
        "timeout": "timed out",
        "no code": "failed: name of the entry point is not defined",
    }.get(outcome.label, f"failed: {outcome.label}")
