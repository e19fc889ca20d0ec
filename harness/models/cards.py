"""Which of a machine's GPUs a process works on: one, by turns among the workers of a run, whatever is there.

Libraries take what they see: transformers' Trainer would run a copy of the model on every GPU and as many times the
examples per step. So a process sees its own card alone, from before anything asks CUDA.
"""

import os
from dataclasses import dataclass

_VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Taken:
    """What a process works on."""

    card: int
    """Its place among those that there are."""
    sharers: int
    """Workers of this run on that card."""


def taken_by(worker: int, workers: int, cards: int) -> Taken:
    """The card of a worker among so many, dealt out in turn. Pure."""
    card = worker % cards
    return Taken(card, len(range(card, max(workers, worker + 1), cards)))


_own: list[Taken] = []


def take_card() -> Taken:
    """Let this process see one GPU, its own, where there are several; decided once.

    Where CUDA was begun before, as in a notebook, nothing can be hidden any more, and what is current there is used.
    """
    if not _own:
        import torch

        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        begun: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
        cards = 1 if begun else torch.cuda.device_count()  # which begins nothing
        _own.append(taken_by(worker, workers, max(1, cards)))
        if cards > 1:
            names = os.environ.get(_VISIBLE) or ",".join(map(str, range(cards)))
            os.environ[_VISIBLE] = names.split(",")[_own[0].card].strip()
    return _own[0]
