"""Thoughts: what a thinking model writes before its answer, and which of the two a text is. Pure.

Only the answer is ever scored. A draft inside a thought is neither read nor executed.
"""

import re
from dataclasses import dataclass

MARKS = (
    ("<think>", "</think>"),  # Qwen3, DeepSeek-R1, QwQ, SmolLM3, GLM, Hunyuan
    ("[THINK]", "[/THINK]"),  # Magistral
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),  # EXAONE Deep
    ("<seed:think>", "</seed:think>"),
    ("<reasoning>", "</reasoning>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A
    ("<|channel>thought", "<channel|>"),  # Gemma 4
    ("◁think▷", "◁/think▷"),  # Kimi
)
"""What opens a thought and what closes it."""
_FENCE = "```"
_UNQUOTED = r"""(?<!["'])(?<!(?<!``)`)""", r"""(?!["']|`(?!``))"""  # before and after a mark that is no word
# gpt-oss: channels with a name each, of which `final` is the answer
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>")


@dataclass(frozen=True)
class Thinking:
    """Whether a model that can think does, and how long it may."""

    on: bool = False
    tokens: int = 2048
    """For the thought, beside what a task allows for its answer."""


@dataclass(frozen=True)
class Parted:
    """A text in two; one after the other they are the whole."""

    thought: str
    """With its marks and the blank lines after it."""
    answer: str
    inside: bool = False
    """Whether the text ends inside a thought; then there is no answer."""


def marks_in(text: str) -> list[tuple[str, str]]:
    """The marks of MARKS that a chat template or another text speaks of."""
    return [marks for marks in MARKS if any(mark in text for mark in marks)]


def opened_by(prompt: str) -> bool:
    """Whether a prompt ends with the opening of a thought, so that the model begins inside it."""
    return bool(closing_of(prompt))


def closing_of(prompt: str) -> str:
    """What ends the thought that a prompt opens, as an empty one ends (Qwen3's own); "" where it opens none."""
    marks = next((closing for opening, closing in MARKS if prompt.rstrip().endswith(opening)), None)
    return f"\n{marks}\n\n" if marks else ""


def parted(text: str, template: str = "", *, opened: bool = False) -> Parted:
    """A model's text as thought and answer: what follows the last thought is the answer.

    A thought is opened by the prompt or at the beginning of a line, and ends with the first closing mark. A closing
    mark that nobody opened ends one, too: templates leave the opening one out, and thoughts speak of thoughts. But a
    mark in quotes, or in a block of code that is open, is a word of the answer: programs that read such marks are
    written too.

    Args:
        text: what the model wrote.
        template: its chat template. Where it speaks of a mark, a thought need not be what the text begins with.
        opened: whether the prompt opened a thought.
    """
    if _CHANNEL.search(text):
        return _of_channels(text)
    spoken, begun = marks_in(template), False
    for marks in MARKS:
        begins = text.lstrip().startswith(marks[0])
        begun = begun or begins
        if begins or opened or marks in spoken:
            start = _answer_of(text, *marks, inside=opened and not begins)
            begun = begun or start is None  # another kind of mark may close what the prompt opened
            if start:
                answer = re.sub(r"\A\s*\n", "", text[start:])
                return Parted(text[: len(text) - len(answer)], answer)
    return Parted(text, "", inside=True) if opened or begun else Parted("", text)


def _answer_of(text: str, opening: str, closing: str, *, inside: bool) -> int | None:
    """Where the answer begins, 0 where there is no thought; None where the text ends inside one.

    Args:
        text: what the model wrote.
        opening: what opens a thought.
        closing: what closes it.
        inside: whether the text begins in one.
    """
    before, after = _UNQUOTED
    mark = re.compile(rf"^[ \t]*(?P<opens>{re.escape(opening)})|{before}{re.escape(closing)}{after}", re.MULTILINE)
    start = 0
    while True:
        if inside:
            end = text.find(closing, start)
            if end < 0:
                return None
            start = end + len(closing)
        rest = text[start:]
        found = next((found for found in mark.finditer(rest) if rest.count(_FENCE, 0, found.start()) % 2 == 0), None)
        if found is None:
            return start
        start, inside = start + found.end(), found["opens"] is not None


def _of_channels(text: str) -> Parted:
    """The message of the last `final` channel; inside a thought where another comes last."""
    last = list(_CHANNEL.finditer(text))[-1]
    if last[1] != "final":
        return Parted(text, "", inside=True)
    return Parted(text[: last.end()], text[last.end() :])
