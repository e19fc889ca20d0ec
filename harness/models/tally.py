"""What hooks count while a model runs, and what must be counted where a recording of it is played instead.

A recording (`score.recorded`) runs no hooks. So whoever counts by hooks says where, and each time that a recording is
played what one run came to is added there.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Tally = Counter[Any]
_OPEN: "WeakKeyDictionary[PreTrainedModel, list[Tally]]" = WeakKeyDictionary()


@contextmanager
def tallied(model: "PreTrainedModel", tally: Tally) -> Iterator[None]:
    """While open, what hooks of `model` count in `tally` is counted there for recordings too."""
    _OPEN.setdefault(model, []).append(tally)
    try:
        yield
    finally:
        _OPEN[model] = [other for other in _OPEN[model] if other is not tally]


def tallies(model: "PreTrainedModel") -> list[Tally]:
    """Where a run of `model` is counted now."""
    return list(_OPEN.get(model, ()))
