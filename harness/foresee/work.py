"""What is to be done, job by job, and what that comes to. Pure.

A job is what a real run would give a model: the same requests, in the same batches, of which the store has none. How
much is read is known to the token; how much will be written is not, so of that there is a bound (the answers' limits)
and an expectation (`Lengths`): the mean length of answers that the store has of this task, else what models usually
write (`usual.json`), else a share of the limit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from harness.foresee.lengths import Kind, Lengths
from harness.prune.plan import LayerPlan
from harness.prune.tree import tree_of

FILLED = 0.9
"""Of a batch that is refilled, on average: rows that have finished leave once they are a fifth of it."""


@dataclass
class Piece:
    """One job that a model would be given, of one variant or, where they answer as one batch, of several."""

    task: str
    prompts: int
    """Prompt tokens, as the ledger counts them: without padding, a shared context as often as it is asked."""
    read: int
    """Tokens run through the layers many at once, padding included."""
    passes: int
    """Forward passes for that."""
    logits: int
    held: int
    """Tokens in the cache at once, with all that may be written."""
    layers: int
    """That a pass calls; of a variant in a sweep, those behind where it parts from another."""
    limits: tuple[int, ...] = ()
    """Most tokens that each row writes; none where nothing is written."""
    kind: Kind = "base"
    """Of whoever is asked; of several, of the last."""
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Its answers: whose (a fingerprint, or another name of its own), and the key in the store."""
    plans: set[LayerPlan] = field(default_factory=set)
    """Of those who answer, as far as they are the base's layers."""
    followed: bool = False
    """Whether rows of another job take the places of those that end."""
    times: float = 1.0
    """Jobs of this kind that are meant, where a part of a corpus stands for all of it."""

    @property
    def read_through(self) -> float:
        """Layers that a token of a prompt runs through: of several variants what they share is run once."""
        several = len(self.plans) > 1 and bool(self.limits)
        return tree_of(self.plans).passes / len(self.plans) if several else self.layers

    @property
    def written_through(self) -> float:
        """Layers that a written token runs through."""
        return fmean(len(plan.kept) for plan in self.plans) if len(self.plans) > 1 else self.layers


@dataclass(frozen=True)
class Beginning:
    """Layers that stay as they are and run once per example (`recover.entering`)."""

    layers: int
    tokens: int
    """Of all examples, each once."""
    passes: int


@dataclass(frozen=True)
class Training:
    """One recovery."""

    name: str
    tokens: int
    """Prompts and answers of all examples seen, padding left out."""
    steps: int
    layers: int
    """That every step runs."""
    passes: float
    """Forward passes that a step's arithmetic comes to."""
    beginning: Beginning | None = None
    """Of a first seed; further ones find it kept, and are reckoned as if they did not."""

    def scaled(self, scale: float) -> "Training":
        """The same with so many tokens for each."""
        first = self.beginning and replace(self.beginning, tokens=round(scale * self.beginning.tokens))
        return replace(self, tokens=round(scale * self.tokens), beginning=first)

    def repeated(self, times: float) -> "Training":
        """The same with so many examples for each."""
        first = self.beginning and replace(self.beginning, passes=round(times * self.beginning.passes))
        return replace(self, steps=round(times * self.steps), beginning=first).scaled(times)


@dataclass(frozen=True)
class Ranking:
    """One choice of layers."""

    name: str
    tokens: int
    """Of all passes over the calibration texts."""
    layers: int


@dataclass(frozen=True)
class Rates:
    """How fast a machine is, on the whole model: seconds are `fixed` a pass and `each` a token or row."""

    pass_seconds: float
    token_seconds: float
    """A token that is read among many."""
    step_seconds: float
    row_seconds: float
    """A row of a step that writes."""
    logit_seconds: float = 0.0
    """A token whose logits are scored."""
    said: str = ""
    """Where they are from."""


@dataclass(frozen=True)
class Work:
    """What some pieces come to."""

    stored: int = 0
    """Answers that are there already."""
    asked: int = 0
    """Answers in all."""
    prompts: int = 0
    read: int = 0
    most: int = 0
    """Tokens that may be written."""
    written: float = 0.0
    """Tokens that are expected to be written."""
    layer_passes: float = 0.0
    """Calls of one decoder layer on one batch, training left out."""
    trained: int = 0
    """Tokens of training runs."""
    flops: float = 0.0
    seconds: float = 0.0
    bytes: int = 0
    """Most memory at once."""

    def __add__(self, other: "Work") -> "Work":
        """Of both, one after the other."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in vars(self) if name != "bytes"}
        return Work(**sums, bytes=max(self.bytes, other.bytes))


@dataclass(frozen=True)
class Model:
    """What counts of a model: its shape's numbers."""

    layers: int
    body: int
    """Parameters of the layers."""
    head: int
    """Parameters of the output layer."""
    vocabulary: int
    weights: int
    """Bytes of all weights."""
    bytes: int
    """Per parameter."""
    cache_bytes: int
    """Key-value cache per token, in bytes."""
    attention: float
    """Operations per token and token that it attends to, over all layers."""


def of_pieces(pieces: Iterable[Piece], model: Model, rates: Rates, lengths: Lengths) -> Work:
    """What some jobs come to."""
    found = Work()
    for piece in pieces:
        found += _of(piece, model, rates, lengths)
    return found


def _of(piece: Piece, model: Model, rates: Rates, lengths: Lengths) -> Work:
    written = sum(lengths.expected(piece.task, piece.kind, limit) for limit in piece.limits)
    steps = lengths.steps(piece.task, piece.kind, piece.limits)
    if piece.followed:  # its last rows are written beside others, and a step is taken by a nearly full batch
        steps = min(steps, written / len(piece.limits) / FILLED)
    reading, writing = piece.read_through / model.layers, piece.written_through / model.layers
    each = 2 * model.body + model.attention * piece.held / max(1, len(piece.limits) or len(piece.asked)) / 2
    flops = (reading * piece.read + writing * written) * each + 2 * model.head * (piece.logits + written)
    seconds = reading * (piece.passes * rates.pass_seconds + piece.read * rates.token_seconds)
    seconds += piece.logits * rates.logit_seconds if not piece.limits else 0
    seconds += writing * (steps * rates.step_seconds + written * rates.row_seconds)
    memory = model.weights + piece.held * model.cache_bytes + piece.logits * model.vocabulary * (model.bytes + 4)
    many = piece.times
    return Work(
        prompts=round(many * piece.prompts), read=round(many * piece.read), most=round(many * sum(piece.limits)),
        written=many * written, layer_passes=many * piece.layers * (piece.passes + steps), flops=many * flops,
        seconds=many * seconds, bytes=memory,
    )  # fmt: skip


def of_training(run: Training, model: Model, rates: Rates) -> Work:
    """What a training run comes to: its passes forward, and as many again for every gradient."""
    share = run.layers / model.layers
    tokens = run.tokens * run.passes
    flops = tokens * (share * 2 * model.body + 2 * model.head)
    seconds = share * (run.steps * run.passes * rates.pass_seconds + tokens * rates.token_seconds)
    if (first := run.beginning) is not None:
        share = first.layers / model.layers
        flops += first.tokens * share * 2 * model.body
        seconds += share * (first.passes * rates.pass_seconds + first.tokens * rates.token_seconds)
    return Work(trained=run.tokens, flops=flops, seconds=seconds, bytes=model.weights)


def of_ranking(chosen: Ranking, model: Model, rates: Rates) -> Work:
    """What a choice of layers comes to."""
    share = chosen.layers / model.layers
    return Work(
        read=chosen.tokens, flops=chosen.tokens * share * 2 * model.body,
        seconds=share * chosen.tokens * rates.token_seconds,
    )  # fmt: skip


def new_of(pieces: Sequence[Piece], known: set[tuple[str, str]]) -> list[Piece]:
    """The jobs as far as nobody has asked their answers before; `known` is added to.

    A job of which some answers are asked by another check counts for the rest of them.
    """
    found = []
    for piece in pieces:
        left = piece.asked - known
        known |= left
        if left:
            found.append(_part(piece, len(left) / len(piece.asked)))
    return found


def _part(piece: Piece, share: float) -> Piece:
    if share == 1:
        return piece
    counts = {name: round(share * getattr(piece, name)) for name in ("prompts", "read", "logits", "held")}
    return replace(piece, **counts, limits=piece.limits[: round(share * len(piece.limits))])
