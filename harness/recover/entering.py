"""What enters the first trained layer, run once per example where only the last layers are trained.

What enters them is the same in every step, epoch and training seed, so it is kept: in memory, beyond `IN_MEMORY` bytes
in a file without a name in the folder for temporary files, and where that has no room it is run anew for every step.

Exact: an example runs through the frozen layers without padding, with examples of its own length, in a group that the
corpus alone decides. So its bits are the same whoever asks for them and whether they were kept or not; a batch of a
training step, whose composition depends on epoch and seed, decides nothing of them. What is not so simple runs whole,
in the batches of the training: models whose beginning draws random numbers (dropout), whose layers are told more than
their states (hybrids, values of earlier layers) or whose loss looks at frozen layers (routers of experts). No list says
which; the model is asked with one example.
B rows, T tokens, D width.
"""

import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.files import say
from harness.models.hooks import hooked
from harness.models.spread import brought
from harness.models.structure import decoder_layers
from harness.prune.prefix import entering, shares_beginnings
from harness.prune.surgery import prune_layers
from harness.recover.trainable import LAST_LAYERS
from harness.sizes import size

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.models.load import LoadedModel
    from harness.recover.encode import Encoded

    Row = tuple[int, ...]
    """Token ids of an example."""
    Read = Callable[[Sequence[Row]], torch.Tensor]
    """Of B rows of one length, what enters the first trained layer (B, T, D)."""

GROUP_TOKENS = 1024
"""Most tokens that run through the frozen layers at once, but for one longer example."""
IN_MEMORY = 2 * 2**30
"""Bytes."""
GIVEN = "entering"
"""What a batch calls the states that enter the first trained layer."""


def groups_of(rows: "Iterable[Row]") -> "list[tuple[Row, ...]]":
    """Distinct rows, put together by length, as many as `GROUP_TOKENS` holds. Pure."""
    found = list[tuple["Row", ...]]()
    for length, same in groupby(sorted(set(rows), key=lambda row: (len(row), row)), key=len):
        group, most = tuple(same), max(1, GROUP_TOKENS // length)
        found += [group[start : start + most] for start in range(0, len(group), most)]
    return found


@dataclass
class Kept:
    """What entered, of the rows of one corpus and one model."""

    model: str
    """Its name."""
    groups: "Mapping[Row, tuple[Row, ...]]"
    """Of each row, those that it runs with."""
    places: "Mapping[Row, int]"
    """Tokens of the rows before."""
    simple: bool | None = None
    """Whether the model's beginning can be run alone; None: not asked yet."""
    states: "torch.Tensor | None" = None
    """(tokens of all rows, D); None: nothing has been run, or there is no room."""
    there: "set[Row]" = field(default_factory=set)
    full: bool = False
    """Whether there is no room."""

    def of(self, row: "Row", read: "Read") -> "torch.Tensor":
        """What enters, (T, D), of a row: kept, or run now with its group."""
        if row not in self.there:
            group = self.groups[row]
            ran = read(group).cpu()
            if self.states is None and not self.full:
                self.states = room(sum(map(len, self.groups)), ran)
                self.full = self.states is None
            if self.full:
                return ran[group.index(row)]
            for state, other in zip(ran, group, strict=True):
                self._place(other).copy_(state)
            self.there.update(group)
        return self._place(row)

    def _place(self, row: "Row") -> "torch.Tensor":
        assert self.states is not None
        return self.states[self.places[row] : self.places[row] + len(row)]


def room(tokens: int, like: "torch.Tensor") -> "torch.Tensor | None":
    """Room for the states (tokens, D) of so many tokens: in memory, in a file, or, which is said, nowhere."""
    import torch

    width = like.shape[-1]
    needed = tokens * width * like.element_size()
    if needed <= IN_MEMORY:
        return torch.empty(tokens, width, dtype=like.dtype)
    try:
        with tempfile.NamedTemporaryFile(prefix="recovery-") as file:  # its room is free again with the last reader
            os.posix_fallocate(file.fileno(), 0, needed)
            whole = torch.from_file(file.name, shared=True, size=tokens * width, dtype=like.dtype)
            return whole.view(tokens, width)
    except OSError as error:
        say(
            f"{tempfile.gettempdir()} has no room for the {size(needed)} that enter the trained layers "
            f"({error.strerror}): the frozen layers run in every step"
        )
        return None


_LAST: "weakref.WeakKeyDictionary[PreTrainedTokenizerBase, Kept]" = weakref.WeakKeyDictionary()
"""What a model's variant trained on last: its seeds follow each other."""


def kept_of(variant: "LoadedModel", examples: "Sequence[Encoded]") -> Kept:
    """What entered the layers of a variant before, on these examples; nothing yet where that was another one."""
    groups = {row: group for group in groups_of(example.ids for example in examples) for row in group}
    name = f"{variant.fingerprint} {variant.model.device} {variant.model.dtype}"
    known = _LAST.get(variant.tokenizer)
    if known is None or (known.model, known.groups) != (name, groups):
        before = (0, *accumulate(map(len, groups)))
        known = _LAST[variant.tokenizer] = Kept(name, groups, dict(zip(groups, before, strict=False)))
    return known


@dataclass(frozen=True)
class Tail:
    """The trained layers of a twin as a model of their own, and what enters them."""

    model: "PreTrainedModel"
    """Shares the twin's parameters; it is given `GIVEN` beside what the twin is given."""
    read: "Read"
    kept: Kept

    def states(self, batch: "Sequence[Encoded]", length: int) -> "torch.Tensor":
        """What enters, (B, `length`, D), with zeros where the batch is padded."""
        rows = [self.kept.of(example.ids, self.read) for example in batch]
        found = rows[0].new_zeros(len(rows), length, rows[0].shape[-1])
        for at, row in enumerate(rows):
            found[at, : len(row)] = row
        return found


def tail_of(twin: "PreTrainedModel", variant: "LoadedModel", examples: "Sequence[Encoded]") -> Tail | None:
    """The layers of a twin that are trained, and what enters them; None where the twin is to be run whole.

    Args:
        twin: of which `trainable` made the last layers its own.
        variant: the model that it was made from.
        examples: all that it is trained on.
    """
    import torch

    depth, kept = len(decoder_layers(twin).modules), kept_of(variant, examples)
    first = depth - LAST_LAYERS
    if first <= 0 or kept.simple is False or not shares_beginnings(twin):
        return None
    try:
        beginning, end = prune_layers(twin, range(first, depth)), prune_layers(twin, range(first))
    except BadInput:
        return None

    def read(rows: "Sequence[Row]") -> "torch.Tensor":
        ids = torch.tensor(rows, device=twin.device)
        with torch.no_grad(), numerics(variant.model), entering(beginning, {first}) as streams:
            beginning(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False, logits_to_keep=1)
        return streams[0][first]

    beginning.train()
    if kept.simple is None:
        kept.simple = _simple(twin, end, read, max(kept.groups, key=len), numerics(variant.model))
    return Tail(end, read, kept) if kept.simple else None


def numerics(model: "PreTrainedModel") -> "AbstractContextManager[object]":
    """In what the training runs a model: a bfloat16 one under autocast, for what is trained is float32."""
    import torch

    if model.dtype != torch.bfloat16:
        return nullcontext()
    return torch.autocast(model.device.type, torch.bfloat16)


def _simple(
    twin: "PreTrainedModel", end: "PreTrainedModel", read: "Read", row: "Row", within: "AbstractContextManager[object]"
) -> bool:
    """Whether a twin in training says of a row, bit for bit, what its end says of what enters it."""
    import torch

    devices = _cards(twin)
    ids = torch.tensor([row], device=twin.device)
    asked = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": ids}
    with torch.random.fork_rng(devices), torch.no_grad(), within, taking(end):
        before = _drawn(twin)
        states = read([row])
        still = all(map(torch.equal, before, _drawn(twin)))
        whole, part = twin.train()(**asked), end.train()(**asked, **{GIVEN: states})
    return still and bool(torch.equal(whole.loss, part.loss)) and bool(torch.equal(whole.logits, part.logits))


def _drawn(model: "PreTrainedModel") -> "list[torch.Tensor]":
    """Where the random generators are."""
    import torch

    return [torch.get_rng_state(), *map(torch.cuda.get_rng_state, _cards(model))]


def _cards(model: "PreTrainedModel") -> "list[torch.device]":
    """The GPUs that a model lies on."""
    return list(dict.fromkeys(weight.device for weight in model.parameters() if weight.device.type == "cuda"))


@contextmanager
def taking(end: "PreTrainedModel") -> Iterator[None]:
    """While open, the first layer of a model is given the states that the model is called with as `GIVEN`."""
    given: list[torch.Tensor] = []

    def called(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
        given[:] = [kwargs[GIVEN]]
        return args, {name: value for name, value in kwargs.items() if name != GIVEN}

    def enter(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401
        states = brought(first, given[0])
        return ((states, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": states})

    first = decoder_layers(end).modules[0]
    with hooked(
        end.register_forward_pre_hook(called, with_kwargs=True),
        first.register_forward_pre_hook(enter, with_kwargs=True),
    ):
        yield
