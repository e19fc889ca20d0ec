"""What a model can be asked, and what it answers. Everything else is built from these three questions."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Finish = Literal["stop", "length", "loop"]


@dataclass(frozen=True)
class LogLikelihoodRequest:
    """How likely is `continuation` after `context`? BOS is added once."""

    called: ClassVar[str] = "likelihoods"

    context: str
    continuation: str
    chat: bool = False
    """Whether the tokenizer's chat template wraps the context, so that the continuation is the answer's beginning."""


@dataclass(frozen=True)
class LogLikelihood:
    """Answer to a LogLikelihoodRequest."""

    value: float
    """Sum of the continuation tokens' natural-log probabilities, in nats."""
    is_greedy: bool
    """Whether every continuation token is the model's first choice."""


@dataclass(frozen=True)
class NextTokenRequest:
    """How likely is each of `candidates` as the very next token after `context`?

    Each candidate must be one token. Plain text, no chat template; BOS is added once.
    """

    called: ClassVar[str] = "next tokens"

    context: str
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class NextToken:
    """Answer to a NextTokenRequest."""

    log_probabilities: tuple[float, ...]
    """Natural-log probability of each candidate under the softmax over the whole vocabulary, in nats."""


@dataclass(frozen=True)
class Sampling:
    """How to draw tokens instead of taking the most likely one."""

    temperature: float
    """Above 0; 1 draws from the model's own distribution."""
    top_p: float
    """In (0, 1]: only the most likely tokens that together reach this probability are drawn from."""
    seed: int
    """Decides every draw of this request, whatever batch it is answered in."""


@dataclass(frozen=True)
class GenerationRequest:
    """Continue until a stop condition: greedily, or by drawing tokens."""

    called: ClassVar[str] = "answers"

    prompt: str
    """The user turn when `chat`, else plain text."""
    max_new_tokens: int
    chat: bool = True
    """Whether the tokenizer's chat template wraps the prompt."""
    stop: tuple[str, ...] = ()
    """Texts that end the answer (left out of it), beside the end-of-turn token."""
    sampling: Sampling | None = None
    """None takes the most likely token."""
    thinking: bool = False
    """Whether a template that has a switch for thinking is told to think first."""


@dataclass(frozen=True)
class Generation:
    """Answer to a GenerationRequest."""

    text: str
    """The answer; a thought before it is no part of it."""
    tokens: int
    """Generated tokens, the end-of-turn token and a thought included."""
    finish: Finish
    """`stop`: ended by itself; `length`: cut at max_new_tokens; `loop`: cut because it kept repeating itself."""
    thought: str = ""
    """What was taken off the text as a thought, its marks included."""
    in_thought: bool = False
    """Whether it ended inside a thought; then the text is empty."""

    @property
    def written(self) -> str:
        """All that was written."""
        return self.thought + self.text


Request = LogLikelihoodRequest | NextTokenRequest | GenerationRequest
Answer = LogLikelihood | NextToken | Generation


class Respondent(Protocol):
    """Who is asked: a `Scorer`, or a `SweepScorer` that answers for many variants on the way."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    fingerprint: str
    folder: Path | None
    """Where what comes of its answers may be kept."""

    @property
    def room(self) -> int | None:
        """Longest input of the model, in tokens; None where it has no limit."""

    def fits(self, requests: Sequence[Request]) -> list[bool]:
        """Whether each request fits the model's input, its answer included."""

    def log_likelihoods(self, requests: Sequence[LogLikelihoodRequest]) -> list[LogLikelihood]:
        """Answers in order."""

    def next_tokens(self, requests: Sequence[NextTokenRequest]) -> list[NextToken]:
        """Answers in order."""

    def generations(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Answers in order."""
