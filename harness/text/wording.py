"""A tokenizer as it is now: its name, and requests as the token ids that it makes of them.

Ids are remembered as long as the tokenizer stays as it is: the variants of a model ask the same questions.
"""

import hashlib
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.text.encode import rendered
from harness.text.requests import GenerationRequest, Request

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass
class Wording:
    """What a tokenizer makes of requests."""

    state: str
    """All of the tokenizer that can change while it is loaded."""
    name: str
    """8 hexadecimal digits naming it: what decodes an answer."""
    tokenizer: "weakref.ref[PreTrainedTokenizerBase]"
    known: "dict[Request, tuple[Sequence[int], int | Sequence[int]]]" = field(default_factory=dict)
    corpus: tuple[Any, Sequence[Any]] | None = None
    """The texts that a recovery learned last, and what they are in tokens (`harness.recover.encode`)."""

    def ids(self, request: Request) -> tuple[Sequence[int], int | Sequence[int]]:
        """The request as it is asked."""
        if isinstance(request, GenerationRequest):  # how it is gone on with changes no prompt
            request = GenerationRequest(request.prompt, 0, request.chat, thinking=request.thinking)
        if request not in self.known:
            tokenizer = self.tokenizer()
            assert tokenizer is not None
            self.known[request] = rendered(request, tokenizer)
        return self.known[request]


_WORDINGS: "weakref.WeakKeyDictionary[PreTrainedTokenizerBase, Wording]" = weakref.WeakKeyDictionary()


def wording(tokenizer: "PreTrainedTokenizerBase") -> Wording:
    """The tokenizer as it is now."""
    state, known = _state(tokenizer), _WORDINGS.get(tokenizer)
    if known is None or known.state != state:
        known = _WORDINGS[tokenizer] = Wording(state, _name(tokenizer), weakref.ref(tokenizer))
    return known


def _state(tokenizer: "PreTrainedTokenizerBase") -> str:
    """What can be changed of a loaded tokenizer, but for its vocabulary, of which the size and the added part."""
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    parts: list[Any] = [len(tokenizer), tokenizer.added_tokens_decoder, tokenizer.special_tokens_map]
    if backend is not None:
        steps = (backend.normalizer, backend.pre_tokenizer, backend.post_processor, backend.decoder)
        parts += [id(backend), *map(str, steps)]
    settings = {name: value for name, value in vars(tokenizer).items() if isinstance(value, (bool, int, float, str))}
    return repr([*parts, tokenizer.chat_template, settings])


def _name(tokenizer: "PreTrainedTokenizerBase") -> str:
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        text = repr(sorted(tokenizer.get_vocab().items()))
    else:
        text = backend.to_str()
        text = text[text.index('"added_tokens"') :]  # what comes before, padding and truncation, is set by each call
    return hashlib.sha256(f"{tokenizer.clean_up_tokenization_spaces} {text}".encode()).hexdigest()[:8]
