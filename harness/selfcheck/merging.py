"""Every single-layer variant decoding in one batch, beside some of them one by one: speed, bound, the same texts?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.prune.apply import apply_plan
from harness.prune.merged import Merged
from harness.prune.plan import LayerPlan
from harness.prune.tree import tree_of
from harness.score.cost import now
from harness.score.decoders import Decoder, PaddedDecoder
from harness.score.forward import pad_id
from harness.score.merged import MergedDecoder, merges
from harness.score.replay import recorder_of
from harness.score.sweep import SweepScorer
from harness.selfcheck.bounds import forward_flops, step_bytes
from harness.selfcheck.measured import Bench, Work
from harness.selfcheck.workload import text_of, token_rows
from harness.text.requests import GenerationRequest

if TYPE_CHECKING:
    from harness.selfcheck.speeds import SizedModel

ROWS, NARROW_ROWS = 32, 4
"""Prompts of each variant, on a GPU and of a narrow stand-in."""
NARROW_VARIANTS = 8
ALONE = 4
"""Variants that are asked one by one as well."""
Texts = list[list[int]]


def merging(bench: Bench, sized: "SizedModel") -> None:
    """Time the prompts and the steps of all variants together, and the steps of some of them one by one."""
    layers, narrow = sized.shape.layers, bench.machine.kind == "cpu"
    plans = [LayerPlan.without((layer,), layers) for layer in range(layers)][: NARROW_VARIANTS if narrow else None]
    prompts = token_rows(sized.vocabulary, NARROW_ROWS if narrow else ROWS, sized.sizes.prompt)
    variants, pad = {plan: apply_plan(sized.model, plan) for plan in plans}, pad_id(sized.model, sized.tokenizer)
    rows = [(plan, prompt) for prompt in prompts for plan in plans]
    written, recorder = dict[LayerPlan, Texts](), recorder_of(sized.model)

    def together(steps: int) -> Taken:
        decoder = MergedDecoder(
            Merged(sized.model, variants), [plan for plan, _ in rows], pad, sized.sizes.generation, recorder
        )
        taken = _written(decoder, [prompt for _, prompt in rows], steps)
        written.clear()
        for (plan, _), text in zip(rows, taken.texts, strict=True):
            written.setdefault(plan, []).append(text)
        return taken

    def reading() -> Work:
        together(steps=0)
        passes, length = tree_of(plans).passes, sized.sizes.prompt
        run = replace(sized.shape, layers=passes, body=sized.shape.body * passes // layers)
        operations = forward_flops(run, len(prompts) * length, len(rows), length / 2)
        return Work(len(rows) * length, operations, note="tokens: of all variants, as if nothing were shared")

    def writing() -> tuple[Work, float]:
        return _work(sized, len(rows), layers, 1), together(sized.sizes.steps).steps

    def alone() -> tuple[Work, float]:
        seconds, same, chosen = 0.0, 0, plans[:: max(1, len(plans) // ALONE)][:ALONE]
        for plan in chosen:
            taken = _written(PaddedDecoder(variants[plan], pad, recorder), prompts, sized.sizes.steps)
            seconds += taken.steps
            same += sum(one == other for one, other in zip(taken.texts, written[plan], strict=True))
        count = len(chosen) * len(prompts)
        note = f"{len(chosen)} of them; {same} of {count} texts as in the batch of all"
        return replace(_work(sized, count, layers - 1, len(chosen)), note=note), seconds

    def sweeping() -> tuple[Work, float]:
        scorers = {plan: sized.scorer(variant) for plan, variant in variants.items()}
        base, lengths = sized.scorer(), [sized.sizes.prompt - place % 8 for place in range(len(prompts))]
        asked = [
            GenerationRequest(text_of(sized.tokenizer, length, place), sized.sizes.steps, chat=False)
            for place, length in enumerate(lengths)
        ]
        start = now(sized.model.device)
        SweepScorer(base, scorers, fills=True).generations(asked)
        seconds = now(sized.model.device) - start
        tokens = sum(scorer.ledger.generated_tokens for scorer in (base, *scorers.values()))
        return Work(tokens, note="through the scorer: prompts, ends and stores too"), seconds

    name, setting = sized.name, f"{len(plans)} variants, {len(prompts)} rows each after {sized.sizes.prompt} tokens"
    if not merges(sized.model):
        bench.measure(name, "merged decoding", setting, lambda: Work(0, note="these variants cannot be one batch"))
        return
    bench.measure(name, "merged prompts", setting, reading)
    bench.measure(name, "merged decoding", setting, writing)
    bench.measure(name, "variant by variant", setting, alone)
    bench.measure(name, "merged sweep", f"{len(plans)} variants and the base, {len(prompts)} answers each", sweeping)


@dataclass(frozen=True)
class Taken:
    """What was written, and how long that took."""

    texts: Texts
    steps: float
    """Seconds, without the prompts."""


def _written(decoder: Decoder, prompts: Sequence[Sequence[int]], steps: int) -> Taken:
    import torch

    with torch.inference_mode():
        chosen = [decoder.start(prompts).argmax(-1)]
        start = now(chosen[0].device)
        for _ in range(steps):
            chosen.append(decoder.step(chosen[-1]).argmax(-1))
        end = now(chosen[0].device)
    return Taken(torch.stack(chosen, 1).tolist(), end - start)


def _work(sized: "SizedModel", rows: int, weights: int, passes: int) -> Work:
    """Steps of rows that run all layers but one, in so many passes a step that each read the weights of some layers."""
    shape, steps = sized.shape, sized.sizes.steps
    context, own = sized.sizes.prompt + steps // 2, shape.layers - 1
    run = replace(shape, layers=own, body=shape.body * own // shape.layers)
    cache = rows * context * shape.cache_bytes * own // shape.layers
    read = passes * step_bytes(replace(shape, body=shape.body * weights // shape.layers), 0, context) + cache
    return Work(rows * steps, forward_flops(run, rows * steps, rows * steps, context), steps * read)
