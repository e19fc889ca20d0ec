"""What a batch of this model may contain: found by asking the model itself a few tokens, padded and alone.

A row of a batch must get the answer that it gets alone, in one pass, without padding and without a cache. Which ways
of batching keep that differs between families (positions that begin at 2, caches under another name, states that
padding runs through, modules that remember one row) and with the kernels that are installed, so it is measured on the
resident model: once, by about nine passes over two short rows; variants inherit the outcome with the layers.
"""

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

from harness.errors import BadInput
from harness.score.decoders import Decoder, EvenDecoder, PaddedDecoder
from harness.score.forward import continued, embedded, reach_of, require_finite, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from transformers import PreTrainedModel

    Compared = list[tuple[torch.Tensor, torch.Tensor]]
    """Of each row, logits (T, V) as they were found, and the true ones."""

Scoring = Literal["shared", "whole", "alone"]
Decoding = Literal["padded", "even", "single", "uncached"]
SCORING: dict[Scoring, str] = {
    "shared": "a context is computed once for all its continuations; rows of unequal length are padded",
    "whole": "every row is computed whole; rows of unequal length are padded behind their end",
    "alone": "every row is computed whole and by itself",
}
DECODING: dict[Decoding, str] = {
    "padded": "prompts of unequal length are written on together, with a cache",
    "even": "prompts of one length are written on together, with a cache",
    "single": "one prompt is written on after the other, with a cache",
    "uncached": "all tokens are computed anew for every further one",
}
# How far logits may be off, relative to their spread. Of the 167 types that can be tried, batches that keep the answers
# are off by at most 2e-5 in float32 and 0.036 in bfloat16, others by at least 0.11 and 0.08.
_FLOAT32, _COARSE = 1e-3, 0.05
_FLOAT32_NOISY, _COARSE_NOISY = 1e-2, 0.08
_NOISE = 4.0  # times what a row without padding is off, only because it has a neighbour
_LONG, _SHORT, _TAIL = 13, 7, 3  # tokens of the two rows, and how many of them are the continuation


@dataclass(frozen=True)
class Abilities:
    """The fastest ways to ask a model that keep every answer."""

    scoring: Scoring
    decoding: Decoding
    reach: int | None = None
    """Tokens of the longest row, with its answer, that may be asked so; None: any. Longer ones are alone, uncached."""

    def reaches(self, tokens: int) -> bool:
        """Whether a row of so many tokens may be in a batch."""
        return self.reach is None or tokens <= self.reach


def abilities_of(model: "PreTrainedModel") -> Abilities:
    """Ask `model` what it can do; once, since the answer is kept on the model, where its variants inherit it.

    Raises:
        BadInput: its logits are not finite, or depend on the tokens that follow.
    """
    known: Abilities | None = getattr(model, "_harness_abilities", None)
    if known is None:
        import torch

        with torch.inference_mode():
            known = _Probe(model).abilities()
        vars(model)["_harness_abilities"] = known
    return known


def holds(model: "PreTrainedModel", compared: "Callable[[tuple[int, ...], tuple[int, ...]], Compared]") -> bool:
    """Whether a further way to ask `model` keeps its answers, as nearly as batches of it do.

    `compared` is given a long and a short row of token ids; one that raises does not hold.
    """
    import torch

    with torch.inference_mode():
        probe = _Probe(model)
        probe.holds(probe.whole)  # tells how much a neighbour alone changes
        return probe.holds(lambda: compared(probe.long, probe.short))


class _Probe:
    """Two rows of unequal length and their true logits."""

    def __init__(self, model: "PreTrainedModel") -> None:
        self.model, self.coarse = model, _is_coarse(model)
        self.long, self.short = _rows(embedded(model))
        self.truth = {row: whole(model, [row])[0] for row in (self.long, self.short)}
        for logits in self.truth.values():
            require_finite(logits)
        self.limit, self.loosest = (_COARSE, _COARSE_NOISY) if self.coarse else (_FLOAT32, _FLOAT32_NOISY)

    def abilities(self) -> Abilities:
        """Try the fastest ways first."""
        is_whole = self.holds(self.whole)
        if not is_whole and not self.holds(self._beginning):
            raise BadInput(
                f"{type(self.model).__name__} ({self.model.config.model_type}) predicts a token from tokens that "
                f"follow it, so its likelihoods and answers mean nothing; expected a causal language model"
            )
        scoring: Scoring = "alone"
        if is_whole:
            scoring = "shared" if self.holds(self._shared) else "whole"
        ways: dict[Decoding, Callable[[], Compared]] = {
            "padded": lambda: self._written(PaddedDecoder(self.model, 0), [self.long, self.short]),
            "even": lambda: self._written(EvenDecoder(self.model), [self.long[:_SHORT], self.short]),
            "single": lambda: self._written(EvenDecoder(self.model), [self.long]),
        }
        decoding: Decoding = next((way for way, compared in ways.items() if self.holds(compared)), "uncached")
        return Abilities(scoring, decoding, reach_of(self.model))

    def holds(self, compared: "Callable[[], Compared]") -> bool:
        import torch

        try:
            rows = [_distances(*row) for row in compared()]
        except torch.OutOfMemoryError:
            raise
        except Exception:  # noqa: BLE001  # families refuse what they cannot do in any way
            return False
        # a router in 16 bits may take another expert for a token
        return max(median(row) if self.coarse else max(row) for row in rows) <= self.limit

    def whole(self) -> "Compared":
        """Padded on the right; the long row, which is not, tells the noise of having a neighbour."""
        long, short = whole(self.model, [self.long, self.short])
        noise = _NOISE * median(_distances(long, self.truth[self.long]))
        self.limit = max(self.limit, min(self.loosest, noise))
        return [(short[:_SHORT], self.truth[self.short])]

    def _beginning(self) -> "Compared":
        return [(whole(self.model, [self.short[:-_TAIL]])[0], self.truth[self.short][:-_TAIL])]

    def _shared(self) -> "Compared":
        (long, a), (short, b) = ((row, self.truth[row][-_TAIL:]) for row in (self.long, self.short))
        tails = [long[-_TAIL:], short[-_TAIL:-1], short[-_TAIL:]]
        beginnings = [long[:-_TAIL], short[:-_TAIL]]
        found, ends = continued(self.model, beginnings, [0, 1, 1], tails, first=0, pad=0, last=_TAIL)
        before = [self.truth[row][-2 * _TAIL : -_TAIL] for row in (self.long, self.short)]
        return [(found[0], a), (found[1, :-1], b[:-1]), (found[2], b), *zip(ends, before, strict=True)]

    def _written(self, decoder: Decoder, rows: "Sequence[tuple[int, ...]]") -> "Compared":
        """Two more tokens, between which all rows but the last leave."""
        import torch

        def tokens(back: int) -> "torch.Tensor":
            return torch.tensor([row[-back] for row in rows], device=self.model.device)

        steps = [decoder.start([row[:-_TAIL] for row in rows]), decoder.step(tokens(_TAIL))]
        if len(rows) > 1:
            decoder.keep(torch.tensor([len(rows) - 1], device=self.model.device))
        last = torch.stack([*(logits[-1] for logits in steps), decoder.step(tokens(_TAIL - 1)[-1:])[0]])
        compared = [(last, self.truth[rows[-1]][-_TAIL - 1 : -1])]
        if len(rows) > 1:
            first = self.truth[self.long][: len(rows[0])]
            compared.append((torch.stack([logits[0] for logits in steps]), first[-_TAIL - 1 : -_TAIL + 1]))
        return compared


def _distances(found: "torch.Tensor", truth: "torch.Tensor") -> list[float]:
    """How far the logits of each token are off (T,), relative to their spread; NaN counts as infinite.

    Where all logits are alike, as a mute model's are, they have no spread, and are as far off as they differ.
    """
    found, truth = found.float(), truth.float()
    off, spread = (found - truth).std(-1), truth.std(-1)  # what is added to all logits of a token changes nothing
    far = off / spread.where((spread > 0) | (off > 0), spread.new_ones(()))
    return [float("inf") if one != one else one for one in far.tolist()]  # noqa: PLR0124  # NaN differs from itself


def _is_coarse(model: "PreTrainedModel") -> bool:
    import torch

    return model.dtype not in (torch.float32, torch.float64) or bool(getattr(model, "is_quantized", False))


def _rows(vocabulary: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A long and a short row of token ids; low ones, but not the lowest, which are often special."""
    import torch

    drawn = torch.randint(
        min(16, vocabulary // 2), min(1000, vocabulary), (_LONG + _SHORT,), generator=torch.Generator().manual_seed(0)
    ).tolist()
    return tuple(drawn[:_LONG]), tuple(drawn[_LONG:])
