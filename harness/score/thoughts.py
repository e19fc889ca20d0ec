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
    return any(prompt.rstrip().endswith(opening) for opening, _ in MARKS)


def parted(text: str, template: str = "", *, opened: bool = False) -> Parted:
    """A model's text as thought and answer.

    A thought is opened by the prompt or by the text's first words, and ends with the first closing mark; more of them
    may follow at the beginnings of lines. What follows the last is the answer. A mark in the middle of a line is a word
    of the answer: programs that read such marks are written too.

    Args:
        text: what the model wrote.
        template: its chat template. Where it speaks of a mark, a closing one alone on its line ends a thought that
            nobody opened.
        opened: whether the prompt opened a thought.
    """
    if _CHANNEL.search(text):
        return _of_channels(text)
    spoken, begun = marks_in(template), False
    for marks in MARKS:
        opening, closing = marks
        begins = text.lstrip().startswith(opening)
        begun = begun or begins
        if begins or opened:
            _, closed, rest = text.partition(closing)
        elif marks in spoken:
            alone = re.search(rf"^[ \t]*{re.escape(closing)}[ \t]*$", text, re.MULTILINE)
            closed, rest = "", text[alone.end() :] if alone else text
        else:
            continue
        if (begins or opened) and not closed:
            continue  # another kind of mark may close what the prompt opened
        while again := re.search(rf"^[ \t]*{re.escape(opening)}", rest, re.MULTILINE):
            _, closed, rest = rest[again.end() :].partition(closing)
            if not closed:
                return Parted(text, "", inside=True)
        if len(rest) < len(text):
            answer = re.sub(r"\A\s*\n", "", rest)
            return Parted(text[: len(text) - len(answer)], answer)
    return Parted(text, "", inside=True) if opened or begun else Parted("", text)


def _of_channels(text: str) -> Parted:
    """The message of the last `final` channel; inside a thought where another comes last."""
    last = list(_CHANNEL.finditer(text))[-1]
    if last[1] != "final":
        return Parted(text, "", inside=True)
    return Parted(text[: last.end()], text[last.end() :])
