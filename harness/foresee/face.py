"""What a scorer sees of its store where answers are only stood in for, and the hand that counts its jobs."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.foresee.lengths import Kind, Lengths
from harness.foresee.work import Piece, Ranking, Training
from harness.prune.surgery import expected_layers
from harness.text.encode import encode_prompt
from harness.text.requests import (
    Answer,
    Generation,
    GenerationRequest,
    LogLikelihood,
    NextToken,
    NextTokenRequest,
    Request,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.score.jobs import Job, Tick
    from harness.score.scorer import Scorer
    from harness.score.store import Store

RECOVERY = "self-generated"
"""What answers are called that are no task's."""


@dataclass
class Notes:
    """What one check was seen to ask."""

    pieces: list[Piece] = field(default_factory=list)
    trainings: list[Training] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    stored: set[tuple[str, str]] = field(default_factory=set)
    """Answers that were there: variant and key."""
    cannot: list[str] = field(default_factory=list)
    """What could not be counted, and why."""


@dataclass
class Sight:
    """What is being walked through, and what was seen."""

    notes: Notes = field(default_factory=Notes)
    lengths: Lengths = field(default_factory=Lengths)
    task: str = ""
    """That is asked just now; "" where none is, but a recovery's prompts are."""
    invented: bool = False
    """Whether a stand-in was read since this was last set to False."""


@dataclass
class Face:
    """What a scorer sees of its store where answers are stood in for; and the hand that counts."""

    sight: Sight
    variant: str
    kind: Kind
    real: "Store | None"
    """None where the variant is not known before the run."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """Stand-ins."""
    pending: Piece | None = None
    """Counted, and not yet put."""

    def refresh(self) -> None:
        """Read nothing: what other processes add meanwhile is theirs."""

    def get(self, key: str) -> Answer | None:
        """The stored answer, or the stand-in, if there is one."""
        found = self.real.get(key) if self.real is not None else None
        if found is not None:
            self.sight.notes.stored.add((self.variant, key))
            if isinstance(found, Generation):
                self.sight.lengths.note(self.sight.task or RECOVERY, self.kind, (self.variant, key), found.tokens)
            return found
        standing = self.answers.get(key)
        self.sight.invented |= standing is not None
        return standing

    def maker(self, key: str) -> dict[str, str] | None:  # noqa: ARG002  # as of a store
        """Say nothing: who made an answer is asked of runs."""
        return None

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Keep stand-ins, and count the job that they stand for."""
        self.answers.update(answers)
        if self.pending is not None and answers:
            self.sight.notes.pieces.append(replace(self.pending, variant=self.variant, keys=frozenset(answers)))
        self.pending = None

    @contextmanager
    def working_on(self, keys: Sequence[str], *, wait: bool) -> Iterator[bool]:  # noqa: ARG002
        """Yield True: no other process is left anything."""
        yield True

    def count(self, scorer: "Scorer", job: "Job", tick: "Tick", model: "PreTrainedModel") -> Sequence[Answer]:  # noqa: ARG002
        """Stand-ins for a job's answers."""
        size, task = job.size, self.sight.task or RECOVERY
        self.pending = Piece(
            self.variant, self.kind, task, frozenset(), job.prompt_tokens, size.read, size.passes, size.logits,
            size.held, expected_layers(model), size.limits,
        )  # fmt: skip
        lengths = [round(self.sight.lengths.expected(task, self.kind, limit)) for limit in size.limits]
        tokens = lengths or [1] * len(job.requests)
        return [stand_in(one, scorer, max(1, length)) for one, length in zip(job.requests, tokens, strict=True)]


def stand_in(request: Request, scorer: "Scorer", tokens: int) -> Answer:
    """An answer that nobody gave; a text of about so many tokens, of the prompt's own words."""
    if isinstance(request, NextTokenRequest):
        return NextToken(tuple(-1.0 - place for place in range(len(request.candidates))))
    if not isinstance(request, GenerationRequest):
        return LogLikelihood(-float(len(request.continuation)), is_greedy=False)
    if request.sampling is None:  # nobody learns from it
        return Generation("1", tokens, "stop")
    words = list(itertools.islice(itertools.cycle(encode_prompt(request, scorer.tokenizer)), tokens))
    text = str(scorer.tokenizer.decode(words, skip_special_tokens=True))
    return Generation(text.strip() or "1", tokens, "stop")
