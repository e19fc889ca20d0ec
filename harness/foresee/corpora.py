"""Recovery corpora where a run is foreseen: a part stands for a large one, and a file at hand for one of the hub."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import BadInput
from harness.models.catalogue import CORPORA
from harness.recover.corpora import FILES, HUB, corpus_of
from harness.recover.corpus import Corpus, sample
from harness.tasks.source import Folder, Source

PART = 1000
"""Examples that are walked through at most, where nothing is stored yet that names them all."""
_LIKE = "alpaca"
"""Whose file shows how long examples of Alpaca are."""


@dataclass(frozen=True)
class Foreseen:
    """Examples that are walked through, and what they stand for."""

    corpus: Corpus
    times: float = 1.0
    """Examples that are meant for each of them."""
    said: str = ""
    """What a reader of the plan should know of it; empty where they are the corpus itself."""


def foreseen(
    name: str, source: Source, beside: Sequence[str], n: int | None, seed: int, *, whole: bool
) -> Foreseen:  # fmt: skip
    """What stands for a corpus in a plan.

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
            part = replace(sample(like, min(wanted, PART), seed), name=name)
            said = f"{name}: its {wanted:,} examples are taken to be as long as those of {FILES[_LIKE]}"
            return Foreseen(part, wanted / len(part.examples), said)
    found = corpus_of(name, source, beside, n, seed)
    if whole or len(found.examples) <= 2 * PART:
        return Foreseen(found)
    said = f"{found.name}: {PART:,} of its {len(found.examples):,} examples were walked through and stand for all"
    return Foreseen(sample(found, PART, seed), len(found.examples) / PART, said)


def _rows(name: str) -> int | None:
    """Examples of a corpus of the hub; None where nobody wrote it down."""
    return next((one.rows for one in CORPORA if one.hub is not None and one.hub == HUB.get(name)), None)
