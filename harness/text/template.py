"""What a chat template is like, found out by asking it a question; what changes a question or draws is refused."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.applied import (
    MENDED,
    REMEDY,
    Turns,
    applied,
    contents,
    default_template,
    parsed_template,
    require_whole,
)
from harness.text.thoughts import marks_in, opened_by

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SWITCHES = ("enable_thinking", "thinking")
"""Variables by which templates are told whether to think."""
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

    written = default_template(tokenizer)
    tree = parsed_template(written)
    if tree is not None and tree.find(jinja2.nodes.Pow):  # one step of it may take years
        raise BadInput(f"the chat template cannot be used (it computes powers, `**`); {REMEDY}")
    # looked up, and no field or word of a text that is called so
    variables = set() if tree is None else {found.name for found in tree.find_all(jinja2.nodes.Name)}
    switch = next((name for name in SWITCHES if name in variables), None)
    turns = [{"role": "user", "content": _PROBE}]
    for in_parts in (False, True):
        texts = {
            on: applied(tokenizer, contents(turns, in_parts=in_parts), True, {} if switch is None else {switch: on})
            for on in (False, True)
        }
        if _MARK in (text := texts[False]):
            require_whole(_PROBE, text)
            _require_steady(tokenizer, turns, text, in_parts=in_parts)
            speaks = bool(marks_in(written)) or "<|channel|>" in written
            thinks = switch is not None or speaks
            return Template(in_parts, switch, thinks, frozenset(on for on in texts if opened_by(texts[on])))
    raise BadInput(
        f"the chat template leaves the question out (it renders {text[:60]!r}); expected one that writes the content "
        f"of a user turn: {MENDED}"
    )


def _require_steady(tokenizer: "PreTrainedTokenizerBase", turns: Turns, text: str, *, in_parts: bool) -> None:
    """Refuse a template that draws, or writes what is different in every process.

    Raises:
        BadInput: it does.
    """
    asked = contents(turns, in_parts=in_parts)
    if found := _ADDRESS.search(text):
        raise BadInput(
            f"the chat template writes an address in memory ({text[max(0, found.start() - 40) : found.end()]!r}), "
            f"another in every process; expected the same text every time: {MENDED}"
        )
    several = {applied(tokenizer, asked, True, {}, draw) for draw in range(_DRAWS)}
    if len(several) > 1:
        raise BadInput(
            f"the chat template draws (it renders one question in {len(several)} ways, by `random` or `lipsum`); "
            f"expected the same text every time: {MENDED}"
        )
