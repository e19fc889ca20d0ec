"""Steps of decoding that a GPU plays from a recording: the same kernels, without Python between them.

Python takes longer to ask for the kernels of a step than the card to run them. So a step is run once as ever, recorded
(a CUDA graph), and played for every further token, until rows leave or join or the room in the cache is used up.
Nothing may move meanwhile: every place of the cache has room for some tokens more, all of it is attended to under a
mask, and where a token is written is told by a tensor that the step itself moves on.
B rows, S tokens that there is room for, V vocabulary.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.models.tally import Tally, tallies
from harness.score.slots import hold, let_go, longest_held

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel

ROOM = 64
"""Tokens by which the room grows: a recording takes as long as two to four steps, and what is empty is read in each."""

Run = Callable[[], "torch.Tensor"]
Recorder = Callable[[Run], Run]
"""Makes of a run, which it may call, what does the same again without any of its Python."""


def on_gpu(run: Run) -> Run:
    """Record a run on the GPU without running it."""
    import torch

    graph, stream = torch.cuda.CUDAGraph(), _stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            found = run()
        finally:
            graph.capture_end()
    torch.cuda.current_stream().wait_stream(stream)

    def play() -> "torch.Tensor":
        graph.replay()
        return found

    return play


@cache
def _stream() -> Any:  # noqa: ANN401  # torch's
    """One for all recordings: torch keeps working memory for each stream on which there was one."""
    import torch

    return torch.cuda.Stream()  # type: ignore[no-untyped-call]


class Recorded:
    """Further tokens of the rows of a batch, of which nobody leaves and nobody joins."""

    def __init__(
        self, model: "PreTrainedModel", cache: "DynamicCache", mask: "torch.Tensor", size: int, recorder: Recorder
    ) -> None:
        """Make room for `size` tokens with those that the cache holds; `mask` (B, T) tells which of them are seen."""
        import torch

        self.model, self.cache, self.recorder = model, cache, recorder
        rows, self.held = mask.shape
        self.size, self.taken = size, 0
        self.mask = torch.cat([mask, mask.new_zeros(rows, self.size - self.held)], dim=1)
        self.ids = mask.new_zeros(rows, 1)
        self.position, self.at = mask.sum(-1, keepdim=True), torch.tensor([self.held], device=mask.device)
        self.counted: list[tuple[Tally, Tally]] = []
        """What one step adds to which tally."""
        self.play: Run | None = None
        self.fell_back = False
        """Whether it could not be recorded after all."""
        hold(cache.layers, self.size, self.at)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more token."""
        return self.held + self.taken == self.size

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""
        self.ids.copy_(tokens[:, None])
        self.taken += 1
        if self.taken == 1:
            return self._first()
        if self.play is None:
            self.play = self._record()
        found = self.play().clone()
        for tally, more in self.counted:
            tally.update(more)
        return found

    def end(self) -> "torch.Tensor":
        """Leave the cache as if its tokens had been written one by one; its mask (B, T)."""
        let_go(self.cache.layers, self.held + self.taken)
        return self.mask[:, : self.held + self.taken].clone()

    def _first(self) -> "torch.Tensor":
        """As ever, for kernels are chosen at the first time; what hooks count in it they would count in each."""
        before = [(tally, tally.copy()) for tally in tallies(self.model)]
        found = self._run()
        self.counted = [(tally, tally - was) for tally, was in before]
        return found

    def _record(self) -> Run:
        """What does the next steps; a step itself where it cannot be recorded after all, as for want of memory."""
        before = [(tally, tally.copy()) for tally, _ in self.counted]
        try:
            return self.recorder(self._run)
        except RuntimeError:
            self.counted, self.fell_back = [], True
            return self._run
        finally:
            for tally, was in before:
                tally.clear()
                tally.update(was)

    def _run(self) -> "torch.Tensor":
        self.mask.index_fill_(1, self.at, 1)
        found: torch.Tensor = self.model(
            input_ids=self.ids, attention_mask=self.mask, position_ids=self.position,
            past_key_values=self.cache, use_cache=True,
        ).logits[:, -1]  # fmt: skip
        self.at.add_(1)
        self.position.add_(1)
        return found


def begun(
    model: "PreTrainedModel", cache: "DynamicCache", mask: "torch.Tensor", recorder: Recorder | None
) -> Recorded | None:
    """Steps from here on as a recording; None where the cache does not allow it."""
    if recorder is None:
        return None
    held, most = mask.shape[1], longest_held(cache.layers)
    size = (held // ROOM + 1) * ROOM
    size = size if most is None else min(size, most)
    return Recorded(model, cache, mask, size, recorder) if size > held else None
