"""A conversation in a tokenizer's chat template: every use of a template passes here.

A template is a program from a stranger. It is run under a budget of steps and of memory (`bounds`), and its errors
become one sentence. A question is put in place as it is, and is the same tomorrow: today's date is kept out of a
template, and one that draws, or that changes what it is given, is refused.
"""

import re
from typing import TYPE_CHECKING, Any

from harness.text.applied import Turns, applied, contents, require_whole
from harness.text.ids import ids_of
from harness.text.template import tried

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_OPENS, _CLOSES = "\ufdd0", "\ufdd1"  # characters that Unicode keeps free for such use


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
    text = applied(tokenizer, contents(turns, in_parts=template.in_parts), generation_prompt, options)
    for turn in turns:
        if turn["role"] == "user":
            require_whole(turn["content"].strip(), text)
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
