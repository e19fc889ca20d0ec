"""One answer in the making: what it goes on from, and what ends it. Pure but for the tokenizer."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.score.loop import is_looping
from harness.text.ends import Ends
from harness.text.requests import Finish, Generation, Sampling

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_LOOP_INTERVAL = 8  # steps between looks for a loop
_STOP_TAIL = 16  # tokens decoded to look for a stop text, at least


@dataclass(frozen=True)
class Writing:
    """An answer that is to be written."""

    place: int
    """Names it among those that are asked."""
    prompt: tuple[int, ...]
    limit: int
    """Most new tokens."""
    ends: Ends
    stop: tuple[str, ...] = ()
    """Texts that end it, beside those of `ends`."""
    sampling: Sampling | None = None
    """None: greedy."""

    @property
    def most(self) -> int:
        """Tokens that it may come to, its prompt included."""
        return len(self.prompt) + self.limit


@dataclass
class Row:
    """An answer that is being written."""

    asked: Writing
    tokens: list[int] = field(default_factory=list)
    finish: Finish | None = None

    @property
    def stop(self) -> tuple[str, ...]:
        """Texts that end it."""
        return (*self.asked.stop, *self.asked.ends.texts)

    def take(self, token: int, tokenizer: "PreTrainedTokenizerBase") -> None:
        """Write one more token, and see whether it ends the answer."""
        self.tokens.append(token)
        self.finish = self._finish(token, tokenizer)

    def _finish(self, token: int, tokenizer: "PreTrainedTokenizerBase") -> Finish | None:
        if token in self.asked.ends.ids:
            return "stop"
        if self.stop:
            longest = max(len(stop.encode()) for stop in self.stop)  # a token writes a byte at least
            tail = str(tokenizer.decode(self.tokens[-max(_STOP_TAIL, longest) :]))
            if any(stop in tail for stop in self.stop):
                return "stop"
        if len(self.tokens) % _LOOP_INTERVAL == 0 and is_looping(self.tokens):
            return "loop"
        return "length" if len(self.tokens) >= self.asked.limit else None

    def answer(self, tokenizer: "PreTrainedTokenizerBase") -> Generation:
        """What was written, once it is finished."""
        kept = [token for token in self.tokens if token not in self.asked.ends.ids]
        text = str(tokenizer.decode(kept, skip_special_tokens=False, clean_up_tokenization_spaces=False))
        for stop in self.stop:
            text = text.split(stop, maxsplit=1)[0]
        assert self.finish is not None
        return Generation(text, len(self.tokens), self.finish)
