"""Whether rows may join a batch that is being written (continuous batching), found by asking the model itself.

A row that joins is padded on the left like any other, so a family that writes padded prompts keeps its answers; what
it may keep beside keys, values and positions is not known from outside, so it is asked, once, as for every other way of
batching (`abilities`).
"""

from functools import partial
from typing import TYPE_CHECKING

from harness.score.abilities import abilities_of, holds
from harness.score.decoders import PaddedDecoder
from harness.score.forward import whole
from harness.score.slots import can_join

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.score.abilities import Compared


def refills(model: "PreTrainedModel") -> bool:
    """Whether a row that joins a batch under way gets the answer that it gets alone; variants inherit the outcome."""
    known: bool | None = vars(model).get("_harness_refills")
    if known is None:
        known = abilities_of(model).decoding == "padded" and holds(model, partial(_compared, model))
        vars(model)["_harness_refills"] = known
    return known


def _compared(model: "PreTrainedModel", long: tuple[int, ...], short: tuple[int, ...]) -> "Compared":
    """A short row joins a long one, which leaves; and is joined by a long one, for which it is padded anew."""
    import torch

    batch, rows = PaddedDecoder(model, 0), [long, short, long]
    found: list[list[torch.Tensor]] = [[], [], []]

    def tell(logits: "torch.Tensor", whose: tuple[int, ...]) -> None:
        for row, line in zip(whose, logits, strict=True):
            found[row].append(line)

    def step(whose: tuple[int, ...]) -> None:
        tokens = [rows[row][len(found[row]) - 4] for row in whose]
        tell(batch.step(torch.tensor(tokens, device=model.device)), whose)

    def join(row: int) -> None:
        other = PaddedDecoder(model, 0)
        tell(other.start([rows[row][:-3]]), (row,))
        batch.join(other)

    tell(batch.start([long[:-3]]), (0,))
    if not can_join(batch.cache.layers):
        raise TypeError("a cache that holds more than keys and values")
    step((0,))
    join(1)
    step((0, 1))
    batch.keep(torch.tensor([1], device=model.device))
    join(2)
    step((1, 2))
    truth = [whole(model, [row])[0] for row in rows]
    return [(torch.stack(lines), logits[-4 : len(lines) - 4]) for lines, logits in zip(found, truth, strict=True)]
