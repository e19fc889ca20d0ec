"""A conversation in a tokenizer's chat template: every use of a template passes here.

A template is a program from a stranger. It is run under a budget of steps and of memory (`bounds`), and its errors
become one sentence. A question is put in place as it is, and is the same tomorrow: today's date is kept out of a
template, and one that draws, or that changes what it is given, is refused.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.text.bounds import bounded
from harness.text.thoughts import marks_in, opened_by

if TYPE_CHECKING:
    import jinja2
    from transformers import PreTrainedTokenizerBase

Turns = Sequence[Mapping[str, str]]
DAY = date(2024, 7, 26)
"""What templates that print the date are given; Llama 3.1's own default."""
SWITCHES = ("enable_thinking", "thinking")
"""Variables by which templates are told whether to think."""
_MOST_ADDED = 1_000_000  # characters of a rendered text beyond four times what was asked
_MENDED = "mend tokenizer.chat_template and save the folder"
_REMEDY = f"expected one that renders a user turn and an assistant's: {_MENDED}"
_MARK = "harness asks this"
_PROBE = "\n".join(
    [
        f"{_MARK}: which of these lines is whole ?\n",
        *(
            f'\t{line}. "tom\'s"  <b>{line} & {line}</b> [x] {{y}} {{{{ z }}}} {{% raw %}} 1 < 2 \\n $5 # é 数 \u2192'
            for line in range(100)
        ),
        "\ndef whole(line):\n    return line",
    ]
)
"""Long, of several lines, with the signs that programs about texts like to change."""
_DRAWS = 8  # of two equal words one is drawn so many times in a row once in 128 times
_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")
_OPENS, _CLOSES = "\ufdd0", "\ufdd1"  # characters that Unicode keeps free for such use


@dataclass(frozen=True)
class Template:
    """What trying a template out has shown."""

    in_parts: bool
    """Whether it reads contents as lists of parts only."""
    switch: str | None
    """Its variable of SWITCHES; None where it has none."""
    thinks: bool
    """Whether it speaks of thoughts at all."""
    opens: frozenset[bool]
    """With which settings of the switch the head of the assistant's turn opens a thought."""

    def thinking(self, *, on: bool) -> bool:
        """Whether its model thinks where it is told to or not; without a switch it does as it was trained."""
        return self.thinks and (on or self.switch is None)


def render(
    tokenizer: "PreTrainedTokenizerBase",
    turns: Turns,
    *,
    generation_prompt: bool = True,
    open_end: bool = False,
    thinking: bool = False,
) -> str:
    """A conversation as text.

    Args:
        tokenizer: whose template it is.
        turns: `role` and `content` of each.
        generation_prompt: whether the head of the assistant's turn follows.
        open_end: whether the last turn is left open, to be gone on with.
        thinking: what a template with a switch for thinking is told.

    Raises:
        BadInput: there is no template, or it cannot be used.
    """
    template = tried(tokenizer)
    options: dict[str, Any] = {"continue_final_message": True} if open_end else {}
    if template.switch is not None:
        options[template.switch] = thinking
    text = _applied(tokenizer, _contents(turns, in_parts=template.in_parts), generation_prompt, options)
    for turn in turns:
        if turn["role"] == "user":
            _require_whole(turn["content"].strip(), text)
    return text


def chat_ids(tokenizer: "PreTrainedTokenizerBase", turns: Turns, *, thinking: bool = False) -> list[int]:
    """Token ids of a conversation and the head of the assistant's turn.

    Control tokens that are written in a turn's content are read as text: a question cannot end its own turn.

    Raises:
        BadInput: there is no template, or it cannot be used.
    """
    written = [token for token in control_tokens(tokenizer) if any(token in turn["content"] for turn in turns)]
    if not written:
        text = render(tokenizer, turns, thinking=thinking)
        return ids_of(text, tokenizer)
    # longest first, for one may be part of another
    tokens = re.compile("|".join(map(re.escape, sorted(written, key=len, reverse=True))))
    marked = [
        {**turn, "content": tokens.sub(lambda found: f"{_OPENS}{found[0]}{_CLOSES}", turn["content"])} for turn in turns
    ]
    pieces = re.split(f"{_OPENS}(.*?){_CLOSES}", render(tokenizer, marked, thinking=thinking), flags=re.DOTALL)
    return [
        token
        for place, piece in enumerate(pieces)
        for token in (plain_text_ids(piece, tokenizer) if place % 2 else _going_on(piece, tokenizer, first=not place))
    ]


def ids_of(text: str, tokenizer: "PreTrainedTokenizerBase", *, special: bool = False, **how: bool) -> list[int]:
    """Token ids of a text; `special` adds the tokenizer's own tokens around it.

    Raises:
        BadInput: the text holds half of a character (a lone surrogate), which no tokenizer can read.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = ascii(text[max(0, error.start - 20) : error.start + 20])
        raise BadInput(
            f"the text ...{around}... has half of a character at place {error.start} (a lone surrogate), which no "
            f"tokenizer can read; mend the text, expected whole UTF-8"
        ) from error
    return list(tokenizer(text, add_special_tokens=special, **how).input_ids)


def control_tokens(tokenizer: "PreTrainedTokenizerBase") -> tuple[str, ...]:
    """Texts that the tokenizer reads as one added token; blanks and plain words are no control tokens."""
    return tuple(
        token.content
        for token in tokenizer.added_tokens_decoder.values()
        if token.special or not (token.content.isalnum() or token.content.isspace())
    )


def plain_text_ids(text: str, tokenizer: "PreTrainedTokenizerBase") -> list[int]:
    """Token ids of what is no more than text, whatever control tokens are written in it."""
    written = [token for token in control_tokens(tokenizer) if token in text]
    if not written:
        return ids_of(text, tokenizer)
    ids = ids_of(text, tokenizer, split_special_tokens=True)
    for token in written:  # added tokens that are not called special are not split
        own = tokenizer.convert_tokens_to_ids(token)
        if own in ids and own != tokenizer.unk_token_id and len(token) > 1:
            before, _, after = text.partition(token)
            parts = (before, token[:1], token[1:], after)
            return [found for part in parts if part for found in plain_text_ids(part, tokenizer)]
    return ids


def _going_on(piece: str, tokenizer: "PreTrainedTokenizerBase", *, first: bool) -> list[int]:
    """Token ids of a piece of a text; sentencepiece's mark of a beginning is for the first one only."""
    ids, start = ids_of(piece, tokenizer), "\n"
    if first:
        return ids
    alone, after = ids_of(start, tokenizer), ids_of(start + piece, tokenizer)
    return after[len(alone) :] if after[: len(alone)] == alone else ids


def tried(tokenizer: "PreTrainedTokenizerBase") -> Template:
    """What the template is like, by asking it a question; once a template.

    Raises:
        BadInput: there is none, or it cannot be used.
    """
    if not tokenizer.chat_template:
        raise BadInput("the tokenizer has no chat template, and this task asks in turns; use an instruct model")
    state = repr((tokenizer.chat_template, tokenizer.special_tokens_map))
    kept: tuple[str, Template] | None = getattr(tokenizer, "_harness_template", None)
    if kept is None or kept[0] != state:
        kept = (state, _tried(tokenizer))
        tokenizer._harness_template = kept  # noqa: SLF001  # ours
    return kept[1]


def require_thoughts(tokenizer: "PreTrainedTokenizerBase", reference: str) -> None:
    """Refuse to tell a model to think that knows nothing of it.

    Raises:
        BadInput: its template has no switch for thinking and speaks of no thought.
    """
    if not tried(tokenizer).thinks:
        raise BadInput(
            f"--thinking on: the chat template of {reference} has no switch ({', '.join(SWITCHES)}) and no mark of a "
            f"thought (such as <think>); leave it out, or use a model that thinks"
        )


def _tried(tokenizer: "PreTrainedTokenizerBase") -> Template:
    """What asking it a question shows.

    Raises:
        BadInput: it cannot be used.
    """
    import jinja2

    tree = _parsed(_default(tokenizer))
    if tree is not None and tree.find(jinja2.nodes.Pow):  # one step of it may take years
        raise BadInput(f"the chat template cannot be used (it computes powers, `**`); {_REMEDY}")
    # looked up, and no field or word of a text that is called so
    variables = set() if tree is None else {found.name for found in tree.find_all(jinja2.nodes.Name)}
    switch = next((name for name in SWITCHES if name in variables), None)
    turns = [{"role": "user", "content": _PROBE}]
    for in_parts in (False, True):
        texts = {
            on: _applied(tokenizer, _contents(turns, in_parts=in_parts), True, {} if switch is None else {switch: on})
            for on in (False, True)
        }
        if _MARK in (text := texts[False]):
            _require_whole(_PROBE, text)
            _require_steady(tokenizer, turns, text, in_parts=in_parts)
            thinks = switch is not None or bool(marks_in(_default(tokenizer))) or "<|channel|>" in _default(tokenizer)
            return Template(in_parts, switch, thinks, frozenset(on for on in texts if opened_by(texts[on])))
    raise BadInput(
        f"the chat template leaves the question out (it renders {text[:60]!r}); expected one that writes the content "
        f"of a user turn: {_MENDED}"
    )


def _require_whole(question: str, text: str) -> None:
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
        f"{text[begin : begin + 20]!r}; expected the content of a user turn as it is: {_MENDED}"
    )


def _require_steady(tokenizer: "PreTrainedTokenizerBase", turns: Turns, text: str, *, in_parts: bool) -> None:
    """Refuse a template that draws, or writes what is different in every process.

    Raises:
        BadInput: it does.
    """
    contents = _contents(turns, in_parts=in_parts)
    if found := _ADDRESS.search(text):
        raise BadInput(
            f"the chat template writes an address in memory ({text[max(0, found.start() - 40) : found.end()]!r}), "
            f"another in every process; expected the same text every time: {_MENDED}"
        )
    several = {_applied(tokenizer, contents, True, {}, draw) for draw in range(_DRAWS)}
    if len(several) > 1:
        raise BadInput(
            f"the chat template draws (it renders one question in {len(several)} ways, by `random` or `lipsum`); "
            f"expected the same text every time: {_MENDED}"
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


def _parsed(template: str) -> "jinja2.nodes.Template | None":
    """The template's syntax tree; None where it has none, which rendering says better."""
    import jinja2

    try:
        return jinja2.Environment(  # noqa: S701  # nothing is rendered
            extensions=["jinja2.ext.loopcontrols"]
        ).parse(re.sub(r"\{%-?\s*(end)?generation\s*-?%\}", "", template))
    except (jinja2.TemplateError, RecursionError):
        return None


def _default(tokenizer: "PreTrainedTokenizerBase") -> str:
    """The template for turns without tools.

    Raises:
        BadInput: there are several, and none is the default.
    """
    try:
        return str(tokenizer.get_chat_template())
    except ValueError as error:
        raise BadInput(f"the chat template cannot be used: {_first_line(error)}") from error


def _contents(turns: Turns, *, in_parts: bool) -> list[dict[str, Any]]:
    if not in_parts:
        return [dict(turn) for turn in turns]
    return [{"role": turn["role"], "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]


def _applied(
    tokenizer: "PreTrainedTokenizerBase",
    turns: list[dict[str, Any]],
    generation_prompt: bool,  # noqa: FBT001  # passed on
    options: Mapping[str, Any],
    draw: int = 0,
) -> str:
    template = _default(tokenizer)
    try:
        with _standing_still(draw), bounded():
            text = tokenizer.apply_chat_template(
                turns, chat_template=template, add_generation_prompt=generation_prompt, tokenize=False, **options
            )
    except Exception as error:  # jinja2's own kinds, and whatever a template's expressions raise
        raise BadInput(
            f"the chat template cannot be used ({type(error).__name__}: {_first_line(error)}); {_REMEDY}"
        ) from error
    if len(text) > 4 * len(str(turns)) + _MOST_ADDED:
        raise BadInput(f"the chat template cannot be used (it renders {len(text):,} characters); {_REMEDY}")
    return str(text)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "no message")
