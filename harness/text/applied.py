"""A chat template is run: under a budget, on one day, with one luck, and its errors become one sentence."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.text.bounds import bounded

if TYPE_CHECKING:
    import jinja2
    from transformers import PreTrainedTokenizerBase

Turns = Sequence[Mapping[str, str]]
DAY = date(2024, 7, 26)
"""What templates that print the date are given; Llama 3.1's own default."""
_MOST_ADDED = 1_000_000  # characters of a rendered text beyond four times what was asked
MENDED = "mend tokenizer.chat_template and save the folder"
REMEDY = f"expected one that renders a user turn and an assistant's: {MENDED}"


def applied(
    tokenizer: "PreTrainedTokenizerBase",
    turns: list[dict[str, Any]],
    generation_prompt: bool,  # noqa: FBT001  # passed on
    options: Mapping[str, Any],
    draw: int = 0,
) -> str:
    """Turns as the template renders them, on DAY; `draw` seeds what it may draw.

    Raises:
        BadInput: it raises, or renders far more than it was given.
    """
    template = default_template(tokenizer)
    try:
        with _standing_still(draw), bounded():
            text = tokenizer.apply_chat_template(
                turns, chat_template=template, add_generation_prompt=generation_prompt, tokenize=False, **options
            )
    except Exception as error:  # jinja2's own kinds, and whatever a template's expressions raise
        raise BadInput(
            f"the chat template cannot be used ({type(error).__name__}: {_first_line(error)}); {REMEDY}"
        ) from error
    if len(text) > 4 * len(str(turns)) + _MOST_ADDED:
        raise BadInput(f"the chat template cannot be used (it renders {len(text):,} characters); {REMEDY}")
    return str(text)


def contents(turns: Turns, *, in_parts: bool) -> list[dict[str, Any]]:
    """Turns as a template reads them: each content a text, or a list of parts."""
    if not in_parts:
        return [dict(turn) for turn in turns]
    return [{"role": turn["role"], "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]


def default_template(tokenizer: "PreTrainedTokenizerBase") -> str:
    """The template for turns without tools.

    Raises:
        BadInput: there are several, and none is the default.
    """
    try:
        return str(tokenizer.get_chat_template())
    except ValueError as error:
        raise BadInput(f"the chat template cannot be used: {_first_line(error)}") from error


def parsed_template(template: str) -> "jinja2.nodes.Template | None":
    """The template's syntax tree; None where it has none, which rendering says better."""
    import jinja2

    try:
        return jinja2.Environment(  # noqa: S701  # nothing is rendered
            extensions=["jinja2.ext.loopcontrols"]
        ).parse(re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", "", template))
    except (jinja2.TemplateError, RecursionError):
        return None


def require_whole(question: str, text: str) -> None:
    """Refuse a template that does more with a question than to put it in place; blanks around it may go.

    Raises:
        BadInput: the rendered text does not hold the question as it is.
    """
    if question in text:
        return
    kept = next((length for length in range(len(question), 0, -1) if question[:length] in text), 0)
    begin = text.find(question[:kept]) + kept
    raise BadInput(
        f"the chat template changes the question: where that goes on with {question[kept : kept + 20]!r}, it renders "
        f"{text[begin : begin + 20]!r}; expected the content of a user turn as it is: {MENDED}"
    )


class _Then(datetime):
    """A clock that stands still on DAY."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_Then":
        """That day."""
        return cls(DAY.year, DAY.month, DAY.day, tzinfo=tz)


@contextmanager
def _standing_still(draw: int) -> Iterator[None]:
    """While open, templates see one day, and `random` and `lipsum` draw from a generator that begins at `draw`."""
    from transformers.utils import chat_template_utils

    library: Any = chat_template_utils
    before, clock = random.getstate(), library.datetime
    random.seed(draw)
    library.datetime = _Then  # of its `strftime_now`, by whatever name a template calls that
    try:
        yield
    finally:
        random.setstate(before)
        library.datetime = clock


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")
