"""What tasks ask of a model, overheard: the same requests are then put to ours and to the peer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.bench.setting import Setting
from harness.errors import BadInput
from harness.tasks.lm_eval_tasks import FEW_SHOT, run_lm_eval
from harness.tasks.suite import TASKS, evaluate
from harness.text.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
    Request,
)

if TYPE_CHECKING:
    from pathlib import Path

    from harness.score.scorer import Scorer


class Listener:
    """Stands where a model is asked, and remembers the questions; its answers say nothing."""

    def __init__(self, scorer: "Scorer") -> None:
        """Take the place of a scorer."""
        self.model, self.tokenizer, self.fingerprint = scorer.model, scorer.tokenizer, scorer.fingerprint
        self.folder: Path | None = None
        self.fits, self.room = scorer.fits, scorer.room
        self.heard: list[Any] = []

    def log_likelihoods(self, requests: Sequence[LogLikelihoodRequest]) -> list[LogLikelihood]:
        """All alike."""
        return self._answered(requests, LogLikelihood(0.0, is_greedy=False))

    def next_tokens(self, requests: Sequence[NextTokenRequest]) -> list[NextToken]:
        """All alike."""
        self.heard += requests
        return [NextToken((0.0,) * len(request.candidates)) for request in requests]

    def generations(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Empty ones."""
        return self._answered(requests, Generation("", 0, "stop"))

    def _answered(self, requests: Sequence[Request], answer: Any) -> list[Any]:  # noqa: ANN401  # of any kind
        self.heard += requests
        return [answer] * len(requests)


def choices(setting: Setting, task: str, shots: int, items: int) -> list[LogLikelihoodRequest]:
    """What a task asks of `items` items, in order.

    Raises:
        BadInput: it has no such items, or is not offered with so many shots.
    """
    listener, subject = Listener(setting.scorer()), setting.subject
    if not shots:
        evaluate([task], listener, subject.source, items, subject.seed)
    elif offered(task, shots):
        run_lm_eval([task], listener, subject.source, items, subject.seed, num_fewshot=shots)
    heard = [request for request in listener.heard if isinstance(request, LogLikelihoodRequest)]
    if not heard:
        raise BadInput(f"{task} with {shots} shots asks for no likelihood of a text; name another task")
    return heard


def offered(task: str, shots: int) -> bool:
    """Whether a task is asked with so many worked examples before each question."""
    return not shots or task in FEW_SHOT


def texts(setting: Setting, task: str, items: int) -> list[GenerationRequest]:
    """What a task asks to be written for `items` items, in order.

    Raises:
        BadInput: it asks for nothing, or its items cannot be had.
    """
    listener, subject = Listener(setting.scorer()), setting.subject
    evaluate([task], listener, subject.source, items, subject.seed)
    heard = [request for request in listener.heard if isinstance(request, GenerationRequest)]
    if not heard or task not in TASKS:
        raise BadInput(f"{task} asks for no text; name another task")
    return heard
