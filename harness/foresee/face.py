"""What a scorer sees of its store where answers are only stood in for, and jobs that count themselves."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.foresee.lengths import Kind, Lengths
from harness.foresee.work import Piece, Ranking, Training
from harness.prune.plan import LayerPlan
from harness.prune.surgery import expected_layers
from harness.score.refill import refills
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
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.score.jobs import Job, Tick
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
    base_asked: bool = False
    """Whether the base is to be asked anything."""
    cannot: list[str] = field(default_factory=list)
    """What could not be counted, and why."""


@dataclass
class Sight:
    """What is being walked through, and what was seen."""

    notes: Notes = field(default_factory=Notes)
    lengths: Lengths = field(default_factory=Lengths)
    task: str = ""
    """That is asked just now; "" where none is, but a recovery's prompts are."""
    scale: float = 1.0
    """Tokens of the model that is meant for one of whoever stands in for it."""
    invented: bool = False
    """Whether a stand-in was read since this was last set to False."""
    stands_for: float = 1.0
    """Requests that are meant by each, where a part of a corpus stands for all of it."""


@dataclass
class Face:
    """What a scorer sees of its store where answers are stood in for."""

    sight: Sight
    variant: str
    kind: Kind
    plan: LayerPlan | None
    """None where it has weights of its own."""
    real: "Store | None"
    """None where the variant is not known before the run."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """Stand-ins."""
    asked: set[str] = field(default_factory=set)
    """Keys that were looked for since this was last cleared."""

    @property
    def blank(self) -> bool:
        """Whether nothing is stored of the variant, so that it is asked what any other such variant is."""
        return self.real is None or not self.real.answers

    def refresh(self) -> None:
        """Read nothing: what other processes add meanwhile is theirs."""

    def get(self, key: str) -> Answer | None:
        """The stored answer, or the stand-in, if there is one."""
        self.asked.add(key)
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
        """Keep stand-ins; the job that was counted last is the one that they are of."""
        self.answers.update(answers)
        if not answers:
            return
        piece = self.sight.notes.pieces[-1]
        piece.kind = self.kind
        self.sight.notes.base_asked |= self.kind == "base"
        piece.asked |= {(self.variant, key) for key in answers}
        if self.plan is not None:
            piece.plans.add(self.plan)

    @contextmanager
    def working_on(self, keys: Sequence[str], *, wait: bool) -> Iterator[bool]:  # noqa: ARG002
        """Yield True: no other process is left anything."""
        yield True

    def counted(self, job: "Job", tokenizer: "PreTrainedTokenizerBase") -> "Job":
        """The job with work that is only noted."""

        def work(model: "PreTrainedModel", tick: "Tick") -> Sequence[Answer]:  # noqa: ARG001  # no bar is drawn
            size, task, scale = job.size, self.sight.task or RECOVERY, self.sight.scale
            counts = (round(scale * tokens) for tokens in (job.prompt_tokens, size.read, size.logits, size.held))
            prompts, read, logits, held = counts
            followed = size.followed and refills(model)
            piece = Piece(task, prompts, read, size.passes, logits, held, expected_layers(model), size.limits)
            self.sight.notes.pieces.append(replace(piece, followed=followed, times=self.sight.stands_for))
            lengths = [round(self.sight.lengths.expected(task, self.kind, limit)) for limit in size.limits]
            tokens = lengths or [1] * len(job.requests)
            return [stand_in(one, tokenizer, max(1, length)) for one, length in zip(job.requests, tokens, strict=True)]

        return replace(job, work=work, writes=None)


def stand_in(request: Request, tokenizer: "PreTrainedTokenizerBase", tokens: int) -> Answer:
    """An answer that nobody gave; a text of about so many tokens, of the prompt's own words."""
    if isinstance(request, NextTokenRequest):
        return NextToken(tuple(-1.0 - place for place in range(len(request.candidates))))
    if not isinstance(request, GenerationRequest):
        return LogLikelihood(-float(len(request.continuation)), is_greedy=False)
    if request.sampling is None:  # nobody learns from it
        return Generation("1", tokens, "stop")
    words = list(itertools.islice(itertools.cycle(encode_prompt(request, tokenizer)), tokens))
    text = str(tokenizer.decode(words, skip_special_tokens=True))
    return Generation(text.strip() or "1", tokens, "stop")
