"""Answers requests in order: from the store where it can, else from the model, batch by batch."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from harness import files, progress
from harness.models.fingerprint import fingerprint
from harness.score.abilities import abilities_of
from harness.score.answering import Answering, answer, memory_said
from harness.score.depth import depth_asserted
from harness.score.forward import embedded
from harness.score.jobs import Desk, Job, Tick, generation_jobs
from harness.score.ledger import Ledger
from harness.score.makers import makers
from harness.score.overhead import pass_overhead
from harness.score.packed import packed_by
from harness.score.reading import next_token_jobs, scoring_jobs
from harness.score.store import Store, request_key
from harness.text.encode import room_of
from harness.text.ends import end_tokens
from harness.text.requests import (
    Answer,
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
    Request,
)
from harness.text.template import tried
from harness.text.thoughts import Thinking, parted
from harness.text.wording import wording

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SCORING_BUDGET = 8_192  # tokens a scoring batch
GENERATION_BUDGET = 24_576  # prompt and answer tokens a generation batch
R = TypeVar("R", bound=Request)


class Scorer:
    """One variant of a model, ready to be asked."""

    def __init__(
        self,
        model: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        store: Path | None = None,
        ledger: Ledger | None = None,
        *,
        scoring_budget: int = SCORING_BUDGET,
        generation_budget: int = GENERATION_BUDGET,
        progress: TextIO | None = None,
        label: str = "",
        thinking: Thinking = Thinking(),  # noqa: B008  # frozen
    ) -> None:
        """Budgets are in tokens (1 gives batches of one row); `progress` is where bars are drawn, None draws none."""
        self.progress, self.label = progress, label  # before the store, which says what is damaged
        self.thinking = thinking
        self.model, self.tokenizer = model, tokenizer
        self.ledger = ledger or Ledger()
        self.fingerprint = fingerprint(model)
        self.folder = store
        self.store = Store(store, self.fingerprint, makers(model), tell=self._tell, name=label)
        self.desk = Desk(
            tokenizer, room_of(model), embedded(model), scoring_budget, pass_overhead(model, scoring_budget),
            generation_budget,
            packed=partial(packed_by, model, scoring_budget),
        )  # fmt: skip

    def log_likelihoods(self, requests: Sequence[LogLikelihoodRequest]) -> list[LogLikelihood]:
        """Score continuations; those of one context share its computation."""
        answers = self._answer(requests, scoring_jobs)
        return [answer for answer in answers if isinstance(answer, LogLikelihood)]

    def next_tokens(self, requests: Sequence[NextTokenRequest]) -> list[NextToken]:
        """Score next-token candidates."""
        answers = self._answer(requests, next_token_jobs)
        return [answer for answer in answers if isinstance(answer, NextToken)]

    def generations(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Generate, greedily or by sampling as each request says; a chat's answer is parted from its thought.

        Where the model thinks, it gets tokens for that beside the request's.
        """
        asked = [self.as_set(request) for request in requests]
        answers = self._answer(asked, generation_jobs)
        return [
            self._parted(request, answer)
            for request, answer in zip(asked, answers, strict=True)
            if isinstance(answer, Generation)
        ]

    @property
    def room(self) -> int | None:
        """Longest input of the model, in tokens; None where it has no limit."""
        return self.desk.room

    def fits(self, requests: Sequence[Request]) -> list[bool]:
        """Whether each request fits the model's input, its answer (and its thought) included."""
        room = self.room
        if room is None:
            return [True] * len(requests)
        whole = [self.as_set(request) if isinstance(request, GenerationRequest) else request for request in requests]
        return [length <= room for length in self.lengths(whole)]

    def lengths(self, requests: Sequence[Request]) -> list[int]:
        """Tokens of requests, the answers that they leave room for included."""
        words = wording(self.tokenizer)
        return [
            len(words.ids(request)[0]) + (request.max_new_tokens if isinstance(request, GenerationRequest) else 0)
            for request in requests
        ]

    def as_set(self, request: GenerationRequest) -> GenerationRequest:
        """The request as this scorer's setting has it."""
        if not request.chat:
            return request
        template = tried(self.tokenizer)
        if not template.thinking(on=self.thinking.on):
            return request
        told = template.switch is not None and self.thinking.on
        return replace(request, max_new_tokens=request.max_new_tokens + self.thinking.tokens, thinking=told)

    def _parted(self, request: GenerationRequest, answer: Generation) -> Generation:
        """The answer without its thought; what is kept in the store is all that was written."""
        if not request.chat:
            return answer
        opened = request.thinking in tried(self.tokenizer).opens
        parts = parted(answer.text, str(self.tokenizer.chat_template), opened=opened)
        return replace(answer, text=parts.answer, thought=parts.thought, in_thought=parts.inside)

    def key(self, request: Request) -> str:
        """Names a request in the store: by all that its answer depends on beside the model."""
        return self.keys([request])[0]

    def keys(self, requests: Sequence[Request]) -> list[str]:
        """The keys of requests; what ends an answer is read anew each time, for it is what users mend."""
        words = wording(self.tokenizer)
        generated = {request.chat for request in requests if isinstance(request, GenerationRequest)}
        ends = {chat: astuple(end_tokens(self.model, self.tokenizer, chat=chat)) for chat in generated}
        return [
            request_key(
                request,
                [
                    words.ids(request),
                    *([ends[request.chat], words.name] if isinstance(request, GenerationRequest) else []),
                ],
            )
            for request in requests
        ]

    def run(self, job: Job, tick: Tick, model: "PreTrainedModel | None" = None) -> Sequence[Answer]:
        """Do a job on this scorer's model, or on one that computes the same; asserts the depth, counts the cost."""
        asked = model or self.model
        with memory_said(lambda: len(job.indices)):
            abilities_of(asked)  # asks the model at the first time, which is nobody's cost
            with depth_asserted(asked, self.ledger):
                answers = job.work(asked, tick)
        self.ledger.forward_tokens += job.prompt_tokens
        self.ledger.generated_tokens += sum(answer.tokens for answer in answers if isinstance(answer, Generation))
        return answers

    def _answer(self, requests: Sequence[R], jobs: Callable[[Sequence[R], Desk], Iterator[Job]]) -> list[Answer]:
        self.store.refresh()
        keys = self.keys(requests)
        self._note_makers(keys)
        missing = {key: request for key, request in zip(keys, requests, strict=True) if self.store.get(key) is None}
        if missing:
            order = list(missing)
            by = Answering(
                self.model, self.tokenizer,
                working_on=lambda places, wait: self.store.working_on([order[place] for place in places], wait=wait),
                known=lambda place: self.store.get(order[place]) is not None,
                run=self.run,
                keep=lambda found: self.store.put({order[place]: one for place, one in found.items()}),
                asserted=lambda: depth_asserted(self.model, self.ledger),
                ledger=self.ledger,
                budget=self.desk.generation_budget,
                pulse=self.desk.pulse,
            )  # fmt: skip
            with self.bar(len(order), requests[0].called) as tick:
                answer(jobs(list(missing.values()), self.desk), by, tick)
        found = [self.store.get(key) for key in keys]
        return [one for one in found if one is not None]

    def _note_makers(self, keys: Sequence[str]) -> None:
        """Count the answers in use that other versions or another device made."""
        for key in set(keys):
            maker = self.store.maker(key)
            if maker is not None:
                self.ledger.others[json.dumps(maker, sort_keys=True)] += 1

    def _tell(self, line: str) -> None:
        """Say something between the bars."""
        if self.progress is None:
            files.say(line)
        else:
            self.progress.write(f"{line}\n")
            self.progress.flush()

    @contextmanager
    def bar(self, total: int, what: str) -> Iterator[Tick]:
        """Draws a bar of `total` requests where this scorer shows progress; what it gives moves it on."""
        if self.progress is None or total == 0:
            yield lambda _: None
            return
        with progress.bar(total, f"{self.label} {what}", self.progress) as bar:
            yield bar.update
