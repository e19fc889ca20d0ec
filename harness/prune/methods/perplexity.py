"""Perplexity without a layer, one-shot (Shortened LLaMA, 2402.02834; `neighbouring-methods.md` F4).

score_l = exp(mean NLL of the calibration texts with layer l off); the lowest go first, of equals the deeper first.

- `perplexity`: as scored.
- `perplexity_guarded`: the first 4 and the last 2 layers stay, as the authors prune (their scores of 32 layers are
  stored in Nota-NetsPresso/shortened-llm @ 4031a92).

Published on 10 BookCorpus texts of 128 tokens; here on the calibration texts, whole, every token alike.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.prune.calibration_loss import perplexity_of, rival_nlls
from harness.prune.lowest import lowest
from harness.prune.plan import LayerPlan
from harness.prune.rank import Ranking, each, method

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

KEPT_FIRST, KEPT_LAST = 4, 2


def unguarded(depth: int, n: int) -> range:
    """The layers that may go where the first 4 and the last 2 stay. Pure.

    Raises:
        BadInput: they are fewer than `n`.
    """
    free = range(KEPT_FIRST, depth - KEPT_LAST)
    if n > len(free):
        raise BadInput(
            f"perplexity_guarded keeps the first {KEPT_FIRST} and the last {KEPT_LAST} of {depth} layers, so at most "
            f"{len(free)} can go and {n} are asked for; use perplexity, or remove fewer"
        )
    return free


def _scores(loaded: "LoadedModel", texts: Sequence[str]) -> tuple[float, ...]:
    plans = [LayerPlan.without((layer,), loaded.depth) for layer in range(loaded.depth)]
    return tuple(map(perplexity_of, rival_nlls(loaded, texts)(plans)))


@method("perplexity", passes=each)
def perplexity(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the layers without which the texts surprise least.

    Raises:
        BadInput: there are no calibration texts.
    """
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n), scores, "perplexity")


@method("perplexity_guarded", passes=each)
def perplexity_guarded(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """The same, sparing the first 4 and the last 2 layers.

    Raises:
        BadInput: there are no calibration texts, or too few layers that may go.
    """
    free = unguarded(loaded.depth, n)
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n, free), scores, "perplexity_guarded")
