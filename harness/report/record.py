"""One row of `verdicts.json`: what a check claims, what it found, and what that cost."""

from dataclasses import dataclass, field
from typing import Any, Literal

from harness.decide.design import VerdictName
from harness.decide.digits import in_words
from harness.score.ledger import Cost

Mark = Literal["printed", "digitised", "inferred", "reported", "unknown"]
"""How a figure of the paper is known; `baselines/paper/README.md` explains each."""
Match = Literal["exact", "proxy"]
"""`exact`: the paper's model, method, ratio, data and protocol; `proxy`: anything else, no evidence on its figure."""


@dataclass(frozen=True)
class Effect:
    """An estimate with its interval."""

    name: str
    estimate: float
    low: float
    high: float
    confidence: float
    """Coverage of [low, high], for example 0.95."""
    unit: str
    """For example `retention (fraction)` or `accuracy (fraction)`."""

    def in_words(self, minimum: float, *, sign: str = "") -> str:
        """The estimate with its interval, with digits enough to see on which side of the minimum it lies."""
        return in_words(self.estimate, self.low, self.high, minimum, sign=sign)


@dataclass(frozen=True)
class Kept:
    """Retention net of guessing: (variant - chance) / (base - chance), with its interval."""

    estimate: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class Score:
    """What one task came to: the base's score beside a variant's. The same in terminal, pages and JSON."""

    task: str
    group: str
    """`classification`, `generation`, `arithmetic`, `code`; of a task in none of them, what its answers are."""
    role: str
    """What the task is for the claim's design; of one that decides nothing, the variant's name, or ""."""
    n: int
    """Items behind it."""
    chance: float
    """Expected score of guessing, in [0, 1]; the base's where it was measured."""
    base: float
    """Mean score, in [0, 1]."""
    variant: float | None = None
    """Mean score over its training runs; None where nothing but the base was asked."""
    kept: Kept | None = None
    """None where the base has nothing above guessing, a share of failures is counted, or no variant was asked."""
    left_out: str = ""
    """Why it says nothing of this base, and decides nothing."""
    decides: bool = False
    """Whether the verdict rests on it."""


@dataclass(frozen=True)
class PaperFigure:
    """What the paper reports for the same quantity."""

    value: str
    """As the table shows it, the trust mark included."""
    source: str
    mark: Mark = "unknown"
    stated_in: tuple[str, ...] = ()
    """Versions of the paper in which the figure was seen."""
    claim_in: tuple[str, ...] = ()
    """Versions in which the claim was seen, with whatever figure."""
    number: float | None = None
    """The same quantity as the effect, in its unit; None where it is not known, or the paper defines it otherwise."""


@dataclass(frozen=True)
class ClaimRecord:
    """One decided claim."""

    claim: str
    title: str
    tier: str
    model: str
    model_fingerprint: str
    params: dict[str, Any]
    verdict: VerdictName
    reason: str
    """One sentence: why this verdict."""
    effect: Effect | None
    """None where the base alone showed that nothing could decide the claim."""
    p_value: float | None
    """Two-sided, for an effect of `minimum`; None where the claim was not testable: there is nothing to be sure of."""
    n_items: int
    seeds: tuple[int, ...]
    paper: PaperFigure
    cost: Cost
    measurements: dict[str, Any] = field(default_factory=dict)
    ends: tuple[str, ...] = ()
    """What ends an answer in a chat: tokens, and texts in quotes."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Task -> how many items were not asked, and why; without tasks that were asked whole."""
    p_adjusted: float | None = None
    """`p_value` after Holm over the claims of its family on its model; None until the run is over, or where p is."""
    minimum: float = 0.0
    """Smallest effect that counts as the claim being true, in the effect's unit."""
    family: str = "ours"
    """Claims that are corrected together, whatever part of them was run: `paper`, `ours`, `neighbours`."""
    tasks_left_out: dict[str, str] = field(default_factory=dict)
    """Task -> why it says nothing of this base, and is in no group of the effect."""
    could_be: tuple[str, ...] = ()
    """Verdicts that the base left open before anything else was asked: of the best and of the worst case."""
    match: Match = "proxy"
    """Whether this repeats what the paper measured."""
    paper_inside: bool | None = None
    """Whether the paper's number lies in the interval of the effect; None where there is none of the two."""
    isolation: str | None = None
    """`full`, or what the programs that models wrote could do that they should not; None where none was run."""
    others: dict[str, int] = field(default_factory=dict)
    """Answers from the store that other versions or another device made: which -> how many; mostly empty."""
    dtype: str = ""
    """Of the weights that were loaded: the same checkpoint has another fingerprint in another one."""
    scores: tuple[Score, ...] = ()
    """Of a sweep, without the deciding layer."""
