"""What ends an answer: the tokenizer's end token, the generation config's, and what closes a turn in the template.

Base and merged checkpoints often have a chat template whose closing token no file lists as an end; their answers would
run on into a next question that nobody asked, and be judged by it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.chat import control_tokens, render

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_QUESTION, _ANSWER, _NEXT = "harness asks", "harness answers", "harness asks again"
_SHORTEST = 3  # characters of a text that ends an answer: a full stop ends many sentences


@dataclass(frozen=True)
class Ends:
    """What ends an answer; whoever keeps answers must keep it in their key."""

    ids: tuple[int, ...]
    """Token ids, increasing."""
    texts: tuple[str, ...] = ()
    """Texts that close a turn in templates that close by no token of its own."""

    def names(self, tokenizer: "PreTrainedTokenizerBase") -> tuple[str, ...]:
        """Tokens and texts as a reader sees them."""
        return (*map(str, tokenizer.convert_ids_to_tokens(list(self.ids))), *map(repr, self.texts))


def end_tokens(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase", *, chat: bool) -> Ends:
    """What ends an answer of `model`; `chat` adds what closes an assistant's turn in the template."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    listed = configured if isinstance(configured, list) else [configured]
    ids = {int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None}
    closing = turn_closing(tokenizer) if chat and tokenizer.chat_template else Ends(())
    return Ends(tuple(sorted(ids | set(closing.ids))), closing.texts)


def turn_closing(tokenizer: "PreTrainedTokenizerBase") -> Ends:
    """What follows an assistant's turn in the chat template: its first control token, else its first words.

    The end of a conversation decides; where nothing but blanks stands there, the head of the user's next turn does.
    Empty where a template cannot render an assistant's turn.
    """
    turns = [{"role": "user", "content": _QUESTION}, {"role": "assistant", "content": _ANSWER}]
    following = [*turns, {"role": "user", "content": _NEXT}]
    for conversation, end in ((turns, None), (following, _NEXT)):
        try:
            text = render(tokenizer, conversation, generation_prompt=False)
        except BadInput:
            continue  # a question alone may still be renderable
        _, answered, after = text.rpartition(_ANSWER)
        if answered and (end is None or end in after):
            closing = _first(after.partition(end)[0] if end else after, tokenizer)
            if closing != Ends(()):
                return closing
    return Ends(())


def _first(after: str, tokenizer: "PreTrainedTokenizerBase") -> Ends:
    """The first control token of a text; also what is written before it."""
    places = sorted((after.find(token), -len(token), token) for token in control_tokens(tokenizer) if token in after)
    before = after[: places[0][0]] if places else after
    words = before.strip()
    texts = ("\n" * before.lstrip(" ").startswith("\n") + words,) if len(words) >= _SHORTEST else ()
    vocabulary = tokenizer.get_added_vocab()
    return Ends(tuple(vocabulary[token] for _, _, token in places[:1]), texts)
