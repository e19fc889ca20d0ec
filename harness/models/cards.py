"""Which of a machine's GPUs a process works on: one by default, by turns among the workers of a run.

A worker sees its own alone, from before anything asks CUDA; a process by itself works on the first and hides none. It
works on several where it is to lay a model over them (`spread`).
"""

import os
from dataclasses import dataclass

from harness.errors import BadInput

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Taken:
    """What a process works on."""

    cards: range
    """Places among those that there are."""
    sharers: int
    """Workers of this run on these cards."""


def taken_by(worker: int, workers: int, there: int, each: int = 1) -> Taken:
    """The cards of a worker among so many, dealt out in turn, `each` to one. Pure."""
    hands = max(1, there // each)
    hand = worker % hands
    return Taken(range(hand * each, (hand + 1) * each), len(range(hand, max(workers, worker + 1), hands)))


_own: list[Taken] = []
EXPECTED = "expected as many as that, in a new process; or leave it out"


def take_cards(each: int = 1) -> Taken:
    """Let this process work on so many GPUs, and a worker see its own alone; decided once.

    Where CUDA was begun before, as in a notebook, nothing can be hidden any more, and what is current there is used.

    Raises:
        BadInput: there are not so many.
    """
    if not _own:
        there = require_there(each)
        worker = _number(os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"), 0)
        workers = _number(os.environ.get("PYTEST_XDIST_WORKER_COUNT", ""), 1)
        _own.append(taken_by(worker, workers, there, each))
        if there > 1 and max(workers, each) > 1:  # else the host process may want the others
            names = (os.environ.get(_VISIBLE) or ",".join(map(str, range(there)))).split(",")
            os.environ[_VISIBLE] = ",".join(names[card].strip() for card in _own[0].cards)
    return _own[0]


def require_there(each: int) -> int:
    """How many GPUs can be dealt out here, at least one; where CUDA was begun it is the current one.

    Raises:
        BadInput: a process is to take more than there are, or several where CUDA was begun.
    """
    import torch

    begun: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    there = torch.cuda.device_count()  # which begins nothing
    if each > 1 and (begun or each > there):
        said = "CUDA was begun in this process already" if begun else f"torch sees {there} of them here"
        raise BadInput(f"--cards {each}: {said}; {EXPECTED}")
    return 1 if begun else max(1, there)


def _number(said: str, otherwise: int) -> int:
    return int(said) if said.isdecimal() else otherwise


def cards_taken() -> int:
    """How many GPUs this process lays a model over."""
    return len(take_cards().cards)
