"""Whether steps of decoding may be played from a recording (`score.recorded`), found by asking the model itself.

A family may read a tensor in Python (to choose frequencies, say, or experts), which no recording repeats; so it is
asked, once, as for every other way of batching (`abilities`). Where there is no GPU nothing is recorded.
"""

from functools import partial
from typing import TYPE_CHECKING

from harness.models.spread import is_spread
from harness.score.abilities import abilities_of, holds
from harness.score.decoders import PaddedDecoder
from harness.score.forward import whole
from harness.score.recorded import on_gpu

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.score.abilities import Compared
    from harness.score.recorded import Recorder


def recorder_of(model: "PreTrainedModel") -> "Recorder | None":
    """What records steps of this model; None where they are run one by one. Variants inherit the outcome."""
    if model.device.type != "cuda" or is_spread(model):  # a recording is of one card
        return None
    known: bool | None = vars(model).get("_harness_records")
    if known is None:
        known = abilities_of(model).decoding == "padded" and holds(model, partial(compared, model, on_gpu))
        vars(model)["_harness_records"] = known
    return on_gpu if known else None


def compared(
    model: "PreTrainedModel", recorder: "Recorder", long: tuple[int, ...], short: tuple[int, ...]
) -> "Compared":
    """Four more tokens of a long row, and three of a short one that leaves then."""
    import torch

    batch, rows = PaddedDecoder(model, 0, recorder), [long, short]
    tokens = torch.tensor([row[-5:-2] for row in rows], device=model.device)
    steps = [batch.start([row[:-5] for row in rows]), *map(batch.step, tokens.unbind(1))]
    if batch.recorded is None or batch.recorded.fell_back:
        raise TypeError("a cache that cannot stay where it is, or a step that reads its own numbers")
    batch.keep(torch.tensor([0], device=model.device))
    last = batch.step(torch.tensor([long[-2]], device=model.device))
    found = [torch.cat([torch.stack([step[0] for step in steps]), last]), torch.stack([step[1] for step in steps])]
    truth = [whole(model, [row])[0] for row in rows]
    return [(found[0], truth[0][-6:-1]), (found[1], truth[1][-6:-2])]
