"""Forward passes over rows of unequal length: padded on the right without a cache, or on the left with one.

B rows, P prefix tokens, T tail tokens, V vocabulary.
"""

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.score.slots import with_room

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

CACHES = ("past_key_values", "cache_params", "state")
"""What families call their cache, in what they take and return."""


def embedded(model: "PreTrainedModel") -> int:
    """Number of token ids that the model embeds."""
    table: Any = model.get_input_embeddings()
    return int(table.weight.shape[0])


def pad_id(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerBase") -> int:
    """An id to fill rows with: the tokenizer's where the model embeds it, for many add one without resizing; else 0."""
    own = tokenizer.pad_token_id
    return int(own) if own is not None and own < embedded(model) else 0


def reach_of(model: "PreTrainedModel") -> int | None:
    """Tokens up to which a row leaves its neighbours alone; None: any row does.

    LongRoPE (Phi-3) turns all rows of a batch by other frequencies once one of them is longer than this.
    """
    rope = getattr(model.config.get_text_config(), "rope_parameters", None) or {}
    parts = [part for part in (rope, *rope.values()) if isinstance(part, dict) and part.get("rope_type") == "longrope"]
    return min((int(part["original_max_position_embeddings"]) for part in parts), default=None)


def require_finite(logits: "torch.Tensor") -> None:
    """Refuse logits that cannot be scored.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    if not bool(logits.isfinite().all()):
        raise BadInput(
            "the model produced NaN or infinite logits, so no score can be given; expected finite numbers: "
            "check the weights, or load the model in float32 or bfloat16 instead of float16"
        )


def left_pad(rows: Sequence[Sequence[int]], pad: int, device: "torch.device") -> tuple["torch.Tensor", "torch.Tensor"]:
    """Token ids and attention mask, both (B, P), padded on the left."""
    import torch

    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        if row:
            ids[index, width - len(row) :] = torch.tensor(row)
            mask[index, width - len(row) :] = 1
    return ids.to(device), mask.to(device)


def positions(mask: "torch.Tensor") -> "torch.Tensor":
    """Position of each token counted from the first real one (B, P)."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def keeping(model: "PreTrainedModel", ids: "torch.Tensor", count: int) -> dict[str, "torch.Tensor"]:
    """The option that makes logits only at the last `count` positions of a batch (B, T), where the model has it.

    As indices and not as a number, because a number makes the model take a slice, which is not contiguous, and a
    bfloat16 product of such with the output layer copies that layer once a row on a CPU (torch 2.13: 27 GB for 100 rows
    of a vocabulary of 152k).
    """
    import torch

    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return {}
    return {"logits_to_keep": torch.arange(ids.shape[1] - count, ids.shape[1], device=ids.device)}


def whole(model: "PreTrainedModel", rows: Sequence[Sequence[int]], first: int = 0) -> "torch.Tensor":
    """Logits from position `first` on (B, T - first, V), in one pass without a cache.

    Shorter rows are filled at the end with their own last token. A causal model needs neither mask nor positions for
    that: what follows a token does not reach it.
    """
    import torch

    width = max(len(row) for row in rows)
    ids = torch.tensor([[*row, *row[-1:] * (width - len(row))] for row in map(list, rows)], device=model.device)
    found: torch.Tensor = model(input_ids=ids, use_cache=False, **keeping(model, ids, width - first)).logits
    return found[:, first - width :]


def prefill(
    model: "PreTrainedModel", rows: Sequence[Sequence[int]], pad: int, cache: "DynamicCache | None" = None
) -> tuple["torch.Tensor", "DynamicCache", "torch.Tensor"]:
    """Run left-padded prompts once, into an empty cache; None: one as the config says.

    Returns:
        Last-position logits (B, V), the filled cache, and the attention mask (B, P).
    """
    logits, cache, mask = _prefilled(model, rows, pad, cache, last=1)
    return logits[:, -1], cache, mask


def _prefilled(
    model: "PreTrainedModel", rows: Sequence[Sequence[int]], pad: int, cache: "DynamicCache | None", last: int
) -> tuple["torch.Tensor", "DynamicCache", "torch.Tensor"]:
    """As `prefill`, with the logits of the `last` positions (B, last, V)."""
    from transformers import DynamicCache

    ids, mask = left_pad(rows, pad, model.device)
    cache = with_room(DynamicCache(config=model.config) if cache is None else cache)
    output = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions(mask),
        past_key_values=cache,
        use_cache=True,
        **keeping(model, ids, last),
    )
    return output.logits[:, -last:], cache, mask


def last_of_left_padded(model: "PreTrainedModel", rows: Sequence[Sequence[int]], pad: int) -> "torch.Tensor":
    """Next-token logits of left-padded rows (B, V), without a cache; made for the last position only."""
    ids, mask = left_pad(rows, pad, model.device)
    found: torch.Tensor = model(
        input_ids=ids, attention_mask=mask, position_ids=positions(mask), use_cache=False, **keeping(model, ids, 1)
    ).logits[:, -1]
    return found


def continued(
    model: "PreTrainedModel",
    prefixes: Sequence[Sequence[int]],
    owner: Sequence[int],
    tails: Sequence[Sequence[int]],
    first: int,
    pad: int,
    last: int = 1,
) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Logits of prefixes and of what continues them; each prefix is computed once.

    `owner[i]` is the prefix that tail i continues. Prefixes are padded on the left, tails on the right.

    Returns:
        Of every tail from its position `first` on (B, T - first, V), and of the `last` positions of every prefix
        (P, last, V).
    """
    import torch

    width = max(len(tail) for tail in tails)
    ids = torch.full((len(tails), width), pad)
    mask = torch.zeros((len(tails), width), dtype=torch.long)
    for row, tail in enumerate(tails):
        ids[row, : len(tail)] = torch.tensor(tail)
        mask[row, : len(tail)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    ends, cache, prefix_mask = _prefilled(model, prefixes, pad, None, last)
    rows = torch.tensor(owner, device=model.device)
    cache.reorder_cache(rows)  # type: ignore[arg-type]  # every kind of layer has it, recurrent ones too
    whole_mask = torch.cat([prefix_mask[rows], mask], dim=1)
    start = prefix_mask[rows].sum(-1, keepdim=True)
    found: torch.Tensor = model(
        input_ids=ids,
        attention_mask=whole_mask,
        position_ids=start + torch.arange(width, device=model.device),
        past_key_values=cache,
        use_cache=True,
        **keeping(model, ids, width - first),
    ).logits
    return found[:, first - width :], ends
