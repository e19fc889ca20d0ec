"""Requests and examples of a stated number of tokens, from a small tokenizer. Pure but for the tokenizer."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.recover.encode import IGNORED, Encoded
from harness.text.requests import LogLikelihoodRequest

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CONTEXT, CONTINUATION, OPTIONS = 100, 12, 4
"""Tokens of a question and of an answer, and answers per question: as of the multiple-choice benchmarks."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def text_of(tokenizer: "PreTrainedTokenizerBase", tokens: int, seed: int) -> str:
    """Random words that are about so many tokens."""
    draw = random.Random(seed)  # noqa: S311  # a seeded text, not a secret
    words = " ".join("".join(draw.choices(_LETTERS, k=draw.randint(2, 8))) for _ in range(tokens + 1))
    per_token = len(words) / len(tokenizer(words, add_special_tokens=False).input_ids)
    return words[: max(1, round(tokens * per_token))].strip() or "a"


@dataclass(frozen=True)
class Questions:
    """Multiple-choice questions, and the fewest tokens that they can be answered with."""

    requests: Sequence[LogLikelihoodRequest]
    tokens: int
    """Contexts once, and every continuation."""
    scored: int
    """Continuations alone."""


def questions(tokenizer: "PreTrainedTokenizerBase", budget: int, batches: int, seed: int = 0) -> Questions:
    """Questions of unlike length that fill about `batches` batches of `budget` tokens."""
    count = max(2, batches * budget // (OPTIONS * (CONTEXT + CONTINUATION)))
    draw = random.Random(seed)  # noqa: S311
    requests, tokens, scored = [], 0, 0

    def length(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False).input_ids)

    for number in range(count):
        context = text_of(tokenizer, draw.randint(CONTEXT // 2, 3 * CONTEXT // 2), seed * 10_000 + number)
        tokens += length(context)
        for option in range(OPTIONS):
            continuation = " " + text_of(tokenizer, CONTINUATION, number * OPTIONS + option)
            requests.append(LogLikelihoodRequest(context, continuation))
            scored += length(continuation)
    return Questions(requests, tokens + scored, scored)


def token_rows(vocabulary: int, rows: int, length: int, seed: int = 0) -> list[list[int]]:
    """Rows of random token ids, the lowest left out, which are often special."""
    draw = random.Random(seed)  # noqa: S311
    return [[draw.randrange(min(16, vocabulary // 2), vocabulary) for _ in range(length)] for _ in range(rows)]


def examples(vocabulary: int, count: int, length: int, prompt: int) -> list[Encoded]:
    """Training examples of one length, of which the first `prompt` tokens are not learned."""
    rows = token_rows(vocabulary, count, length, seed=1)
    return [Encoded(str(number), tuple(row), (*[IGNORED] * prompt, *row[prompt:])) for number, row in enumerate(rows)]
