"""All designs: the paper's, ours, and the neighbours'. Importing this module registers them."""

from harness.decide import layer_designs, neighbour_designs, own_designs, paper_designs, set_designs
from harness.decide.registry import DESIGNS, design_of, register, require_own_name

__all__ = [
    "DESIGNS",
    "design_of",
    "layer_designs",
    "neighbour_designs",
    "own_designs",
    "paper_designs",
    "register",
    "require_own_name",
    "set_designs",
]
