"""Pruning criteria, one file each. Importing this package registers them."""

from harness.prune.methods import (
    block_influence,
    block_influence_flat,
    block_pruner,
    contiguous_block,
    evopress,
    greedy_nll,
    greedy_task,
    laco,
    magnitude,
    mka,
    perplexity,
    position,
    published,
    random_layers,
    tale,
    taylor,
)

__all__ = [
    "block_influence",
    "block_influence_flat",
    "block_pruner",
    "contiguous_block",
    "evopress",
    "greedy_nll",
    "greedy_task",
    "laco",
    "magnitude",
    "mka",
    "perplexity",
    "position",
    "published",
    "random_layers",
    "tale",
    "taylor",
]
