"""How repetitive answers are, and what accuracy is lost in answers that are not.

The measures are the paper's (`analysis/calc_self_bleu.py` @ 0890223), as fractions and not percent. Unlike the paper:
sentences come from an untrained Punkt tokenizer (the trained one is a download), so that every full stop before a
space ends a sentence, that of "mr." too; and a response too short for an n-gram counts as 0 where the paper skips it,
so that every variant is averaged over the same items. The paper's Self-BLEU is between the sentences of one response
(`self_bleu_inside`); the usual one, between responses (Zhu et al., arXiv:1802.01886), stands beside it.

Not judged: whether a repetition is a fault. A list or a table repeats itself rightly, so only compare variants.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from harness.errors import BadInput
from harness.probe.bleu import mean_bleu_of_each
from harness.probe.items import paired_outcomes
from harness.tasks.outcome import Outcome, TaskResult

ORDERS = (2, 3, 4)  # n of the paper's Rep-n
BAR = 0.95  # of the base's answers lie at or below the bar of intact text; their maximum would grow with their number
_REMEMBERED = 20_000  # texts; a sweep looks at the unpruned model's answers once a layer and measure
MOST_RESPONSES = 50  # of self_bleu_between


@dataclass(frozen=True)
class Degeneration:
    """How repetitive a model's responses to one task are: means over responses.

    Attributes:
        rep_2: Share of word pairs that were there before, in [0, 1].
        rep_3: The same of word triples, in [0, 1].
        rep_4: The same of runs of four words, in [0, 1].
        self_bleu_inside: BLEU-4 between the sentences of a response, in [0, 1], over the responses that have two
            sentences of four words; None where none has.
        self_bleu_between: BLEU-4 between responses, in [0, 1], of a seeded subset.
        words: Length of a response, in words.
        tokens: Length of a response, in tokens of the model; 0 where nothing was generated.
        truncated: Share of responses cut off at the length limit, in [0, 1].
        loops: Share of responses stopped because they repeated themselves for good, in [0, 1].
    """

    rep_2: float
    rep_3: float
    rep_4: float
    self_bleu_inside: float | None
    self_bleu_between: float
    words: float
    tokens: float
    truncated: float
    loops: float


def degeneration(outcomes: Sequence[Outcome]) -> Degeneration:
    """The measures of one task's responses.

    Raises:
        BadInput: there is no response.
    """
    if not outcomes:
        raise BadInput("the repetition of 0 responses: expected at least 1; raise --limit")
    texts = [outcome.response for outcome in outcomes]
    split = [words(text) for text in texts]
    rep_2, rep_3, rep_4 = (_mean([repetition(each, n) for each in split]) for n in ORDERS)
    inside = [bleu for bleu in map(self_bleu_inside, texts) if bleu is not None]
    return Degeneration(
        rep_2,
        rep_3,
        rep_4,
        self_bleu_inside=_mean(inside) if inside else None,
        self_bleu_between=self_bleu_between(texts),
        words=_mean([len(each) for each in split]),
        tokens=_mean([outcome.tokens for outcome in outcomes]),
        truncated=_mean([outcome.finish == "length" for outcome in outcomes]),
        loops=_mean([outcome.finish == "loop" for outcome in outcomes]),
    )


def repetition(words: Sequence[str], n: int) -> float:
    """Rep-n of one response: 1 - different n-grams / n-grams, in [0, 1]; 0 where it has fewer than n words."""
    total = len(words) - n + 1
    if total < 1:
        return 0.0
    return 1 - len({tuple(words[start : start + n]) for start in range(total)}) / total


@lru_cache(_REMEMBERED)
def mean_repetition(text: str) -> float:
    """Mean of Rep-2, Rep-3 and Rep-4 of one response, in [0, 1]."""
    split = words(text)
    return _mean([repetition(split, n) for n in ORDERS])


def words(text: str) -> list[str]:
    """The lower-cased words of a text, punctuation marks included."""
    return [word for sentence in _sentences(text) for word in sentence]


def self_bleu_inside(text: str) -> float | None:
    """Mean BLEU-4 of each sentence against the other sentences of the same text, in [0, 1].

    Sentences of fewer than four words are left out; None where fewer than two are left.
    """
    return mean_bleu_of_each(_sentences(text))


def self_bleu_between(texts: Sequence[str], most: int = MOST_RESPONSES, seed: int = 0) -> float:
    """Mean BLEU-4 of each text against the others, in [0, 1]; high where the answers are all alike.

    Args:
        texts: The responses; those of fewer than four words are left out, and 0 is the answer where fewer than two
            are left.
        most: Texts compared. More of them make every text more likely to be like another one, so only values of the
            same number of texts can be compared.
        seed: Decides which.
    """
    if len(texts) > most:
        texts = random.Random(seed).sample(list(texts), most)  # noqa: S311  # a subset, not a secret
    return mean_bleu_of_each([words(text) for text in texts]) or 0.0


def intact(base: TaskResult, pruned: TaskResult) -> tuple[bool, ...]:
    """Of each item, whether the pruned model's answer is intact as text (`docs/claims.md`, claim 4).

    It is when the answer ended by itself, has a word or a number, and its mean Rep-2/3/4 is no higher than BAR of those
    that the unpruned model ended to the same task. An empty answer is no text.

    Raises:
        BadInput: the two cannot be paired, or the task's answers are not generated.
    """
    pairs = paired_outcomes(base, pruned)
    if any(after.finish is None for _, after in pairs):
        raise BadInput(f"{base.task}: intact text is a matter of generated answers; name a generative task")
    ended = sorted(mean_repetition(before.response) for before, _ in pairs if before.finish == "stop")
    bar = ended[math.ceil(BAR * len(ended)) - 1] if ended else -1.0
    return tuple(
        after.finish == "stop" and any(map(str.isalnum, after.response)) and mean_repetition(after.response) <= bar
        for _, after in pairs
    )


def degenerate(base: TaskResult, pruned: TaskResult) -> tuple[bool, ...]:
    """Of each item, whether the pruned model's answer is degenerate as text (`docs/claims.md`, claim 12).

    It is when there is some text and it is not intact. An empty answer is neither.

    Raises:
        BadInput: as in `intact`.
    """
    each = zip(paired_outcomes(base, pruned), intact(base, pruned), strict=True)
    return tuple(bool(after.response.strip()) and not whole for (_, after), whole in each)


def losses_by_text(base: TaskResult, pruned: TaskResult) -> dict[str, tuple[float, ...]]:
    """Of items that the unpruned model had right: 1 where the pruned one scores less, by what its answer is as text.

    The names are `degenerate`, `intact` and `empty`.

    Raises:
        BadInput: as in `intact`.
    """
    lost: dict[str, list[float]] = {"degenerate": [], "intact": [], "empty": []}
    texts = zip(paired_outcomes(base, pruned), intact(base, pruned), degenerate(base, pruned), strict=True)
    for (before, after), whole, broken in texts:
        if before.score > 0:
            lost["intact" if whole else "degenerate" if broken else "empty"].append(float(after.score < before.score))
    return {name: tuple(scores) for name, scores in lost.items()}


def lost_in_intact_text(base: TaskResult, pruned: TaskResult) -> tuple[float, ...]:
    """The pruned model's scores, but the base's where the pruned answer is not intact.

    The mean of base - these is the accuracy lost in intact text, net of what was gained there: a layer that only
    shuffles which items are right loses nothing.

    Raises:
        BadInput: as in `intact`.
    """
    kept = zip(paired_outcomes(base, pruned), intact(base, pruned), strict=True)
    return tuple(after.score if whole else before.score for (before, after), whole in kept)


@cache
def _tokenizers() -> tuple[Any, Any]:
    """Sentence and word splitter of nltk; neither needs its data, and importing nltk takes a second."""
    from nltk.tokenize import NLTKWordTokenizer  # type: ignore[import-untyped]
    from nltk.tokenize.punkt import PunktSentenceTokenizer  # type: ignore[import-untyped]

    return PunktSentenceTokenizer(), NLTKWordTokenizer()


@lru_cache(_REMEMBERED)
def _sentences(text: str) -> tuple[tuple[str, ...], ...]:
    """Words of each sentence, lower-cased first as in the paper."""
    punkt, splitter = _tokenizers()
    return tuple(tuple(splitter.tokenize(sentence)) for sentence in punkt.tokenize(text.lower()))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
