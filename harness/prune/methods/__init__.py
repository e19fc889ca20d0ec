"""Pruning criteria, one file each. Importing this package registers them."""

from harness.prune.methods import block_influence, greedy_task, position, published, random_layers

__all__ = ["block_influence", "greedy_task", "position", "published", "random_layers"]
