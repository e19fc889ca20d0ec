"""Devices that a CPU plays: a tensor is on one of them, and no operation takes tensors of two, as on real ones.

What is made of tensors is where they are; what is made of nothing is on the first, where prompts enter a model.
"""

from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from harness.models import spread as spreading

CARDS = [torch.device("cuda", card) for card in range(3)]
_MOVES = ("aten.copy_", "aten._to_copy", "aten._foreach_", "aten._fused_")
"""Operations that real devices allow between two; lists of tensors torch parts by device, which are one here."""


def place_of(tensor):
    """The device that a tensor is on."""
    return getattr(tensor, "_place", None)


class Devices(TorchDispatchMode):
    """Refuses what real devices would."""

    def __init__(self):
        super().__init__()
        self.seen = set()
        """Devices on which anything was computed."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        """Run an operation, if all its tensors are on one device."""
        given = [leaf for leaf in tree_leaves((args, kwargs or {})) if isinstance(leaf, torch.Tensor)]
        places = {place_of(tensor) for tensor in given if tensor.dim() and place_of(tensor) is not None}
        if len(places) > 1 and not str(func).startswith(_MOVES):
            raise RuntimeError(
                f"{func}: expected all tensors on one device, found them on {', '.join(sorted(map(str, places)))}"
            )
        found = func(*args, **(kwargs or {}))
        where = place_of(given[0]) if given and place_of(given[0]) is not None else next(iter(places), None)
        self.seen |= places
        if where is None and not given:
            where = CARDS[0]
        for leaf in tree_leaves(found):
            if isinstance(leaf, torch.Tensor) and place_of(leaf) is None:
                leaf._place = where
        return found


class _Sent(torch.autograd.Function):
    """A tensor sent elsewhere, whose gradient comes back to where it was."""

    @staticmethod
    def forward(ctx, tensor, device):
        """A copy there."""
        ctx.came_from = place_of(tensor)
        return _copied(tensor, device)

    @staticmethod
    def backward(ctx, gradient):
        """Its gradient, here."""
        return _copied(gradient, ctx.came_from), None


def _copied(tensor, device):
    sent = tensor.clone()
    sent._place = device
    return sent


@contextmanager
def fake_devices(patch):
    """While open, models can be spread over CARDS, and tensors of two of them do not meet."""

    def move(part, device):
        for tensor in (*part.parameters(recurse=False), *part.buffers(recurse=False)):
            tensor._place = device

    def send(tensor, device):
        here = device is None or place_of(tensor) in (None, device)
        return tensor if here else _Sent.apply(tensor, device)

    patch.setattr(spreading, "move", move)
    patch.setattr(spreading, "send", send)
    patch.setattr(spreading, "place_of", place_of)
    with Devices() as devices:
        yield devices
