"""Whether a recovery corpus contains what the model will be tested on. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BadInput

N = 13  # words of an n-gram (GPT-3, 2005.14165, appendix C)


@dataclass(frozen=True)
class Contamination:
    """Overlap of a corpus with test items; stored with every recovery."""

    examples: int
    items: int
    same_prompt: tuple[str, ...]
    """Ids of examples whose prompt is a test item's, word for word."""
    shared_ngram: tuple[str, ...]
    """Ids of examples that share an n-gram with a test item."""
    n: int = N
    """Words of an n-gram."""


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words and digits; punctuation left out."""
    return tuple(re.findall(r"[a-z0-9]+", text.lower()))


def ngrams(words: Sequence[str], n: int) -> set[tuple[str, ...]]:
    """All runs of `n` words; the whole text where it is shorter."""
    if len(words) < n:
        return {tuple(words)} if words else set()
    return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}


def contamination(examples: Sequence[tuple[str, str, str]], items: Sequence[str], n: int = N) -> Contamination:
    """Compare examples (id, prompt, answer) with the prompts of test items."""
    prompts = {words_of(item) for item in items}
    known = {gram for words in prompts for gram in ngrams(words, n)}
    same = tuple(name for name, prompt, _ in examples if words_of(prompt) in prompts)
    shared = tuple(
        name for name, prompt, answer in examples if not known.isdisjoint(ngrams(words_of(f"{prompt} {answer}"), n))
    )
    return Contamination(len(examples), len(items), same, shared, n)


def require_clean(report: Contamination, corpus: str) -> None:
    """Refuse to train on test items.

    Raises:
        BadInput: an example's prompt is a test item's.
    """
    if report.same_prompt:
        raise BadInput(
            f"corpus {corpus}: {len(report.same_prompt)} of its {report.examples} prompts are test items "
            f"(first: {report.same_prompt[0]}); expected none: remove them, or test on other items"
        )
