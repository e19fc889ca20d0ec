"""BLEU-4 of each of several sentences against the others, as nltk computes it, for all of them at once. Pure.

nltk counts the n-grams of every reference anew for every sentence. Here they are counted once: of each n-gram the two
sentences that have it most often are known, so that what the others have is the one or, of the first itself, the other.
"""

import math
from collections import Counter
from collections.abc import Sequence

ORDER = 4  # words; shorter sentences have no 4-gram, and the paper leaves them out on both sides
_EPSILON = 0.1  # of nltk's smoothing method 1, for an order without any match


def mean_bleu_of_each(sentences: Sequence[Sequence[str]]) -> float | None:
    """Mean BLEU-4 (uniform weights, smoothing method 1) of each against the others; None with fewer than two.

    Equal sentences are scored once: references that occur twice do not change BLEU, and a looping answer is made of
    them. Sentences of fewer than four words are left out.
    """
    counts = Counter(tuple(sentence) for sentence in sentences if len(sentence) >= ORDER)
    if counts.total() < 2:  # noqa: PLR2004  # one has nothing to be like
        return None
    different = list(counts)
    lengths = Counter(map(len, different))
    precisions = [_precisions(different, n) for n in range(1, ORDER + 1)]
    total = math.fsum(
        # of a sentence that occurs again every n-gram is in the others
        times * (1.0 if times > 1 else _bleu(len(sentence), lengths, [of_order[place] for of_order in precisions]))
        for place, (sentence, times) in enumerate(counts.items())
    )
    return total / counts.total()


def _precisions(sentences: Sequence[Sequence[str]], n: int) -> list[tuple[int, int]]:
    """Of each sentence, how many of its n-grams another one has, each as often as any one has it; and of how many."""
    grams = [Counter(zip(*(sentence[start:] for start in range(n)), strict=False)) for sentence in sentences]
    most: dict[tuple[str, ...], tuple[int, int, int]] = {}  # n-gram -> most often in, how often, how often elsewhere
    for place, found in enumerate(grams):
        for gram, count in found.items():
            first, often, elsewhere = most.get(gram, (place, 0, 0))
            most[gram] = (place, count, often) if count > often else (first, often, max(elsewhere, count))
    return [
        (
            sum(
                min(count, most[gram][2] if most[gram][0] == place else most[gram][1]) for gram, count in found.items()
            ),
            found.total(),
        )
        for place, found in enumerate(grams)
    ]


def _bleu(length: int, lengths: Counter[int], precisions: Sequence[tuple[int, int]]) -> float:
    """BLEU of a sentence of `length` words among sentences of `lengths`, itself included once."""
    if precisions[0][0] == 0:
        return 0.0
    others = [other for other, times in lengths.items() if times > (other == length)]
    closest = min(others, key=lambda other: (abs(other - length), other))
    brevity = 1.0 if length > closest else math.exp(1 - closest / length)
    shares = [(found or _EPSILON) / of for found, of in precisions]
    return brevity * math.exp(math.fsum(math.log(share) / ORDER for share in shares))
