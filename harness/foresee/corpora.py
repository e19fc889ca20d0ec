"""Recovery corpora where a run is foreseen: a part stands for a large one, and a file at hand for one of the hub."""

from collections.abc import Sequence
from dataclasses import replace

from harness.errors import BadInput
from harness.models.catalogue import CORPORA
from harness.recover.corpora import FILES, HUB, corpus_of
from harness.recover.corpus import Corpus, sample
from harness.tasks.source import Folder, Source

PART = 1000
"""Examples that are walked through at most, where nothing is stored yet that names them all."""
_LIKE = "alpaca"
"""Whose file shows how long examples of Alpaca are."""


def foreseen(
    name: str, source: Source, beside: Sequence[str], n: int | None, seed: int, *, whole: bool
) -> tuple[Corpus, str]:
    """What stands for a corpus in a plan, and what a reader of the plan should know of that; "" where it is itself.

    Args:
        name: as `corpus_of` takes it, like the four that follow.
        source: of the run's texts.
        beside: other corpora of the run.
        n: examples that the run takes; None: all.
        seed: of the choice.
        whole: whether all are walked through, however many: stored answers and trainings name them one by one.

    Raises:
        BadInput: neither the corpus nor a file like it can be read.
    """
    if (rows := _rows(name)) is not None and isinstance(source, Folder) and name not in FILES:
        try:
            like = corpus_of(_LIKE, source, (), None, seed)
        except BadInput:  # the corpus itself may be there
            pass
        else:
            wanted = rows if n is None else min(n, rows)
            said = f"{name}: its {wanted:,} examples are taken to be as long as those of {FILES[_LIKE]}"
            return _part(replace(like, name=name), min(wanted, PART), wanted, seed), said
    found = corpus_of(name, source, beside, n, seed)
    meant = len(found.examples)
    if whole or meant <= 2 * PART:
        return found, ""
    said = f"{found.name}: {PART:,} of its {meant:,} examples were walked through and stand for all"
    return _part(found, PART, meant, seed), said


def _part(corpus: Corpus, most: int, meant: int, seed: int) -> Corpus:
    part = sample(corpus, most, seed)
    return replace(part, stands_for=meant / len(part.examples))


def _rows(name: str) -> int | None:
    """Examples of a corpus of the hub; None where nobody wrote it down."""
    return next((one.rows for one in CORPORA if one.hub is not None and one.hub == HUB.get(name)), None)
