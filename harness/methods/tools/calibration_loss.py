"""How well a model predicts the calibration texts: negative log-likelihoods in nats, float32, one text at a time.

One at a time, because a batch of padded texts is no faster on a CPU (tiny model, 64 texts, 4,808 tokens, one thread:
.67 s one at a time, .45 to .68 s in batches) and holds fewer logits on a GPU. T tokens, V vocabulary.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.forward import run
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.score.forward import require_finite
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel

Rows = Sequence[Sequence[int]]


def token_rows(loaded: "LoadedModel", texts: Sequence[str]) -> list[list[int]]:
    """The texts as token ids; a text of one token predicts nothing and is left out.

    Raises:
        BadInput: nothing is left.
    """
    rows = [row for row in (plain_ids(text, loaded.tokenizer) for text in texts) if len(row) > 1]
    if not rows:
        raise BadInput("the criterion was given no calibration text of at least 2 tokens; it needs one")
    return rows


def predictions(model: "PreTrainedModel", row: Sequence[int]) -> "torch.Tensor":
    """Log-probabilities of every token after the first (T - 1, V), float32.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    logits = run(model, row, first=0).logits[0, :-1].float()
    require_finite(logits)
    log_probabilities: torch.Tensor = logits.log_softmax(-1)
    return log_probabilities


def text_nll(model: "PreTrainedModel", row: Sequence[int]) -> "torch.Tensor":
    """Summed NLL of a text's tokens after the first; keeps the graph where gradients are wanted.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    import torch

    targets = torch.tensor(list(row[1:]), device=model.device)
    return -predictions(model, row).gather(-1, targets[:, None]).sum()


def total_nll(model: "PreTrainedModel", rows: Rows) -> float:
    """Summed NLL of all texts.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    import torch

    with torch.inference_mode():
        return sum(float(text_nll(model, row)) for row in rows)


def mean_nll(model: "PreTrainedModel", rows: Rows) -> float:
    """Mean NLL of all predicted tokens; exp of it is the perplexity.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    return total_nll(model, rows) / sum(len(row) - 1 for row in rows)


def perplexity_of(nll: float) -> float:
    """The exponential of a mean NLL; infinite where a broken model's is too large for a float."""
    try:
        return math.exp(nll)
    except OverflowError:
        return math.inf


def plan_nll(loaded: "LoadedModel", texts: Sequence[str]) -> Callable[[LayerPlan], float]:
    """Rates a plan by the mean NLL of the model that it leaves.

    Raises:
        BadInput: there are no texts.
    """
    rows = token_rows(loaded, texts)
    return lambda plan: mean_nll(apply_plan(loaded.model, plan), rows)
