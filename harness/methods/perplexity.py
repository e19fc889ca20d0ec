"""Perplexity without a layer, one-shot (Shortened LLaMA, 2402.02834).

score_l = exp(mean NLL of the calibration texts with layer l off); the lowest go first, of ties the deeper layer.

- `perplexity`: as scored.
- `perplexity_guarded`: the first 4 and the last 2 layers stay, as the authors prune (`tools.guard`).

Published on 10 BookCorpus texts of 128 tokens; here on the calibration texts, whole, every token alike.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, each, method
from harness.methods.tools.calibration_loss import perplexity_of
from harness.methods.tools.guard import unguarded
from harness.methods.tools.lowest import lowest
from harness.methods.tools.rivals import rival_nlls
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def _scores(loaded: "LoadedModel", texts: Sequence[str]) -> tuple[float, ...]:
    plans = [LayerPlan.without((layer,), loaded.depth) for layer in range(loaded.depth)]
    return tuple(map(perplexity_of, rival_nlls(loaded, texts, plans)))


@method("perplexity", passes=each)
def perplexity(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the layers without which the texts surprise least.

    Raises:
        BadInput: there are no calibration texts.
    """
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n), scores, "perplexity")


@method("perplexity_guarded", passes=each)
def perplexity_guarded(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """The same, sparing the first 4 and the last 2 layers.

    Raises:
        BadInput: there are no calibration texts, or too few layers that may go.
    """
    free = unguarded(loaded.depth, n, "perplexity")
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n, free), scores, "perplexity_guarded")
