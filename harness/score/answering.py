"""Jobs are answered: each under its lock, so that no other process does the same, and what they write in one batch.

What is written is kept as it leaves the batch, so a run that is killed loses what was being written and no more.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.score.abilities import abilities_of
from harness.score.generation import Writer, write
from harness.score.jobs import Job, Tick
from harness.score.ledger import Ledger
from harness.score.refill import refills
from harness.score.replay import recorder_of
from harness.score.writing import Writing
from harness.text.requests import Answer, Generation

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Waiting = deque[tuple[Job, bool]]
"""Jobs, each with whether another process was seen to do it."""


@dataclass(frozen=True)
class Answering:
    """How jobs are answered; places are those of requests in their list."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    working_on: Callable[[Sequence[int], bool], AbstractContextManager[bool]]
    """As of a store, and whether to wait."""
    known: Callable[[int], bool]
    """Whether a place has its answer by now."""
    run: Callable[[Job, Tick], Sequence[Answer]]
    """Answers a job that does not write."""
    keep: Callable[[Mapping[int, Answer]], object]
    asserted: Callable[[], AbstractContextManager[Callable[[], object]]]
    """Open while answers are written; what it yields is called before any of them is kept."""
    ledger: Ledger
    """Of whoever pays for what is written."""
    budget: int
    """Prompt and answer tokens of what is written at once."""
    writer: Writer | None = None
    """What writes; None: the model does what it is able to."""
    pulse: Callable[[], object] = lambda: None
    """As of `write`."""


@dataclass
class _Begun:
    """A job that is being written."""

    held: ExitStack
    left: set[int] = field(default_factory=set)


def answer(jobs: Iterable[Job], by: Answering, tick: Tick) -> None:
    """Do all jobs; those that another process does come last, and are waited for.

    Raises:
        BadInput: one does not fit the memory, or ran otherwise than it must.
    """
    waiting = Waiting((job, False) for job in jobs)
    if waiting and waiting[0][0].writes is not None:
        _write(waiting, by, tick)
        return
    while (taken := _next(waiting, by, tick, idle=True)) is not None:
        job, held = taken
        with held:
            by.keep(dict(zip(job.indices, by.run(job, tick), strict=True)))


def _write(waiting: Waiting, by: Answering, tick: Tick) -> None:
    recorder_of(by.model)  # asks the model at the first time, as do the others, which is nobody's cost
    abilities_of(by.model)
    budget = by.budget if len(waiting) > 1 and refills(by.model) else None
    begun = list[_Begun]()

    def more(idle: bool) -> Sequence[Writing] | None:  # noqa: FBT001  # as of `write`
        try:
            taken = _next(waiting, by, tick, idle=idle)
        except Exception:
            if idle:
                raise
            return None  # what is refused beside others may do alone, and those are not given up for it
        if taken is None:
            return None
        job, held = taken
        begun.append(_Begun(held, set(job.indices)))
        by.ledger.forward_tokens += job.prompt_tokens
        assert job.writes is not None
        return job.writes(by.model)

    def done(found: Mapping[int, Generation]) -> None:
        check()
        by.keep(found)
        by.ledger.generated_tokens += sum(one.tokens for one in found.values())
        for job in begun:
            job.left -= found.keys()
        for job in [one for one in begun if not one.left]:
            begun.remove(job)
            job.held.close()

    try:
        with memory_said(lambda: sum(len(job.left) for job in begun)), by.asserted() as check:
            write(by.model, by.tokenizer, more, done, tick, writer=by.writer, budget=budget, pulse=by.pulse)
    finally:
        for job in begun:
            job.held.close()


def _next(waiting: Waiting, by: Answering, tick: Tick, *, idle: bool) -> tuple[Job, ExitStack] | None:
    """The next job that is nobody else's, and what to close after it; where others are being written nobody waits."""
    busy = 0
    while waiting and (idle or busy < len(waiting)):
        job, seen = waiting.popleft()
        held = ExitStack()
        try:
            if not held.enter_context(by.working_on(job.indices, idle and seen)):  # the others first
                waiting.append((job, True))
                busy += 1
                held.close()
            elif all(map(by.known, job.indices)):
                tick(len(job.indices))
                held.close()
            else:
                job.begin(by.model, idle)
                return job, held
        except BaseException:
            held.close()
            waiting.appendleft((job, seen))
            raise
    return None


@contextmanager
def memory_said(rows: Callable[[], int]) -> Iterator[None]:
    """Say what to do where a batch of so many rows does not fit.

    Raises:
        BadInput: it does not.
    """
    import torch

    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise BadInput(
                f"a batch of {rows()} requests does not fit into memory; use a smaller --batch-tokens N, answers so "
                f"far are kept in --store"
            ) from error
        raise
