"""Many rows in one pass without padding: the nodes of their trie as one sequence, each of which sees those above it.

Whether a model keeps its answers so is found by asking it (`abilities`): it must take a mask for every pair of tokens,
and positions that are not in order. Attention then runs over all pairs of a pass, seen or not, so a pass has no more
tokens than make that a small part of it.
N nodes, M logits asked for, V vocabulary.
"""

import inspect
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.models.structure import depth_of, text_config
from harness.score.abilities import abilities_of, holds
from harness.score.overhead import body, pass_overhead
from harness.score.trie import Packed, Row, Trie, trie_of
from harness.text.encode import room_of

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.score.abilities import Compared

WINDOWS = ("sliding_window", "attention_window", "attention_window_size", "window_size", "local_attention")
"""How configs call a number of tokens beyond which some layers do not see."""
CHUNKS = ("attention_chunk_size",)
"""How they call one within which they do."""
MOST = 4096
"""Nodes of a pass of several rows, whose mask holds the square of that; one row needs none."""
_SLOWER = 2.0
"""Times that a product of attention takes longer than one with weights of as many operations."""


def packs(model: "PreTrainedModel") -> bool:
    """Whether rows may be run as a trie; asked once, and variants inherit the outcome."""
    known: bool | None = vars(model).get("_harness_packs")
    if known is None:
        known = abilities_of(model).scoring != "alone" and holds(model, partial(_compared, model))
        vars(model)["_harness_packs"] = known
    return known


def reach_of_packed(model: "PreTrainedModel") -> int | None:
    """Tokens of a pass: within every layer's window and the model's room, which some families count in places of it."""
    named = [getattr(text_config(model), name, None) for name in (*WINDOWS, *CHUNKS)]
    found = [one for one in (*named, room_of(model), abilities_of(model).reach) if type(one) is int and one > 0]
    return min(found, default=None)


def cost_of_pairs(model: "PreTrainedModel") -> float:
    """What attention between two nodes costs, where all else of a node costs 1: by the operations of both."""
    table: Any = model.get_input_embeddings()
    width = int(table.weight.shape[1])  # of all heads together, about
    return _SLOWER * 2 * width * depth_of(text_config(model)) / max(1, body(model))


def packed_by(model: "PreTrainedModel", budget: int) -> Packed | None:
    """How a model's rows are run as tries; None where they are not, or where a batch is to be as small as can be.

    `budget` is of a batch's tokens.
    """
    overhead = pass_overhead(model, budget)
    if not overhead or not packs(model):
        return None
    reach = reach_of_packed(model)
    return Packed(overhead, cost_of_pairs(model), min(budget, reach or budget, MOST), reach)


def run_packed(model: "PreTrainedModel", trie: Trie, wanted: Sequence[int]) -> "torch.Tensor":
    """Logits (M, V) at the wanted nodes of a trie, in their order; a single row is run as any causal model runs one."""
    import torch

    ids = torch.tensor([trie.ids], device=model.device)
    at = torch.tensor(list(wanted), device=model.device)
    options: dict[str, Any] = {}
    chooses = "logits_to_keep" in inspect.signature(model.forward).parameters
    if chooses:
        options["logits_to_keep"] = at
    if len(trie.paths) > 1:
        options |= {"attention_mask": _mask(model, trie), "position_ids": torch.tensor([trie.depths]).to(model.device)}
    found: torch.Tensor = model(input_ids=ids, use_cache=False, **options).logits[0]
    return found if chooses else found[at]


def _mask(model: "PreTrainedModel", trie: Trie) -> "torch.Tensor":
    """Added to attention (1, 1, N, N): nothing where a node sees another, which is then above it, or itself."""
    import torch

    node, ends = torch.arange(len(trie.ids), device=model.device), torch.tensor(trie.ends, device=model.device)
    sees = (node[None, :] <= node[:, None]) & (node[:, None] < ends[None, :])
    mask = torch.zeros(sees.shape, dtype=model.dtype, device=model.device)
    return mask.masked_fill_(~sees, torch.finfo(model.dtype).min)[None, None]


def _compared(model: "PreTrainedModel", long: Row, short: Row) -> "Compared":
    """A row, one that leaves it in the middle, a short one, and its own beginning."""
    import torch

    from harness.score.forward import whole

    rows = [long, long[:5] + short, short, short[:-2]]
    trie = trie_of(rows)
    logits = run_packed(model, trie, range(len(trie.ids)))
    return [(logits[torch.tensor(path)], whole(model, [row])[0]) for row, path in zip(rows, trie.paths, strict=True)]
