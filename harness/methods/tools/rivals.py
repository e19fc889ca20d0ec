"""Plans of which each removes one layer or unit more than they all do, rated by loss, text by text; exact.

What all of them begin with is run once per text, up to where the last of those that are asked parts from it. A loss is
a sum of terms that are never negative, so what a plan lost on some texts is at most what it will lose on all.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from harness.methods.tools.calibration_loss import text_nll, token_rows
from harness.methods.tools.greedy import Meet
from harness.models.forward import run
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.prefix import End, beginning_of, end_of, entering, shared_plan, shares_beginnings, taking_up
from harness.prune.tree import parts_from

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.prune.prefix import Streams

Ask = Callable[[Sequence[int], Sequence[int]], Sequence[float]]
"""Places of plans, and the token ids of a text -> its NLL by each of these plans."""


def rivals(loaded: "LoadedModel", texts: Sequence[str]) -> tuple[Meet, int]:
    """What rates plans of one step by minus their mean NLL in nats, and the number of its parts, which are texts.

    Of a plan that was asked some of the texts, as if it lost nothing on the others. A text is asked once.

    Raises:
        BadInput: there are no texts; later, a logit is NaN or infinite, or a plan cannot be followed.
    """
    rows = token_rows(loaded, texts)
    tokens = sum(len(row) - 1 for row in rows)

    def meet(plans: Sequence[LayerPlan]) -> Callable[[Sequence[int], int], Sequence[float]]:
        ask, known = _asked(loaded.model, plans), [list[float]() for _ in plans]

        def at_most(places: Sequence[int], parts: int) -> list[float]:
            for text, row in enumerate(rows[:parts]):
                lacking = [place for place in places if len(known[place]) == text]
                for place, nll in zip(lacking, ask(lacking, row) if lacking else (), strict=True):
                    known[place].append(nll)
            return [-sum(known[place][:parts]) / tokens for place in places]

        return at_most

    return meet, len(rows)


def rival_nlls(loaded: "LoadedModel", texts: Sequence[str], plans: Sequence[LayerPlan]) -> list[float]:
    """Mean NLL of each plan, all of them asked all texts: `plan_nll` of each, at half the price.

    Raises:
        BadInput: as `rivals`.
    """
    meet, parts = rivals(loaded, texts)
    return [-most for most in meet(plans)(range(len(plans)), parts)]


def _asked(base: "PreTrainedModel", plans: Sequence[LayerPlan]) -> Ask:
    """What asks them; models are made when they are first needed, and each once."""
    import torch

    whole = cache(lambda place: apply_plan(base, plans[place]))
    shares, shared = shares_beginnings(base), shared_plan(plans)
    first = [parts_from(plan, shared) for plan in plans]
    beginning = cache(lambda layer: beginning_of(base, shared, layer))
    end = cache(lambda place: end_of(base, plans[place], first[place]))

    def ask(places: Sequence[int], row: Sequence[int]) -> list[float]:
        with torch.inference_mode():
            if len(places) == 1 or not shares:
                return [float(text_nll(whole(place), row)) for place in places]
            start = beginning(max(first[place] for place in places))
            with entering(start.model, {start.place(first[place]) for place in places}) as streams:
                run(start.model, row)
            return [_taken_up(end(place), streams, start.place(first[place]), row) for place in places]

    return ask


def _taken_up(end: End, streams: "Streams", place: int, row: Sequence[int]) -> float:
    with taking_up(end, streams, place):
        return float(text_nll(end.model, row))
