"""What a check does with a model, timed one kind of work after the other on a model of a given shape.

Scoring, a pass at the generation budget, decoding, a sweep over all layers, one training step: through the same code as
a check, at the budgets of the catalogue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.prune.plan import LayerPlan
from harness.prune.surgery import prune_layers
from harness.recover.recipe import RECIPES, Recipe
from harness.score.abilities import abilities_of
from harness.score.cost import now
from harness.score.decoders import PaddedDecoder
from harness.score.forward import embedded, pad_id
from harness.score.replay import recorder_of
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from harness.selfcheck.bounds import Shape, forward_flops, step_bytes, training_flops
from harness.selfcheck.measured import Bench, Work
from harness.selfcheck.workload import CONTEXT, examples, questions, text_of, token_rows
from harness.text.requests import GenerationRequest, Sampling

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Timed = Callable[[], Work | tuple[Work, float]]


@dataclass(frozen=True)
class Sizes:
    """How much of each kind of work is done."""

    scoring: int
    """Tokens of a scoring batch."""
    generation: int
    """Prompt and answer tokens of a generation batch."""
    prompt: int
    answer: int
    """Tokens of a generated item; the batch has as many rows as fit the budget."""
    steps: int
    """Tokens that are really written."""
    example: int
    """Tokens of a training example."""


@dataclass(frozen=True)
class SizedModel:
    """A model to be timed."""

    name: str
    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    shape: Shape
    sizes: Sizes

    @property
    def rows(self) -> int:
        """Of a generation batch."""
        return max(1, self.sizes.generation // (self.sizes.prompt + self.sizes.answer))

    @property
    def vocabulary(self) -> int:
        """Token ids that may be asked."""
        return min(embedded(self.model), len(self.tokenizer))

    def scorer(self, model: "PreTrainedModel | None" = None) -> Scorer:
        """Keeps nothing on disk."""
        return Scorer(
            model if model is not None else self.model, self.tokenizer,
            scoring_budget=self.sizes.scoring, generation_budget=self.sizes.generation,
        )  # fmt: skip


def asking(bench: Bench, sized: SizedModel) -> None:
    """Time all that needs no training."""
    name, sizes = sized.name, sized.sizes

    def known() -> Work:
        sized.scorer()
        return Work(0, note="every byte hashed, once per model")

    bench.measure(name, "fingerprint", "all weights", known)
    found = abilities_of(sized.model)
    kernel = getattr(sized.model.config, "_attn_implementation", None)
    ways = f"attention {kernel}; scoring {found.scoring}, decoding {found.decoding}"
    _scoring(sized, batches=1, seed=1)()  # kernels are chosen and memory is taken at the first time
    bench.measure(name, "scoring", f"batches of {sizes.scoring} tokens; {ways}", _scoring(sized, batches=4))
    at_budget = f"{sized.rows} rows of {sizes.prompt + sizes.answer} tokens, the generation budget"
    bench.measure(name, "prefill", at_budget, _prefill(sized))
    bench.measure(name, "greedy decoding", f"{sized.rows} rows after {sizes.prompt} tokens", _decoding(sized))
    bench.measure(name, "greedy decoding, one row", f"after {sizes.prompt} tokens", _decoding(sized, rows=1))
    if recorder_of(sized.model) is not None:
        one_by_one = _decoding(sized, recorded=False)
        bench.measure(name, "greedy decoding, unrecorded", f"{sized.rows} rows after {sizes.prompt} tokens", one_by_one)
    few = min(sized.rows, 32)
    bench.measure(name, "drawn decoding", f"{few} rows through the scorer", _drawing(sized, few))
    layers = sized.shape.layers
    bench.measure(name, "sweep by likelihood", f"a batch for the base and {layers} variants", _sweep(sized))


def _scoring(sized: SizedModel, batches: int, seed: int = 0) -> Timed:
    scorer = sized.scorer()
    asked = questions(sized.tokenizer, sized.sizes.scoring, batches, seed)

    def work() -> Work:
        scorer.log_likelihoods(asked.requests)
        return Work(asked.tokens, forward_flops(sized.shape, asked.tokens, asked.scored, CONTEXT / 2))

    return work


def _prefill(sized: SizedModel) -> Timed:
    """As many tokens as a batch may ever hold, in one pass: the most memory that the budget can take."""
    import torch

    length = sized.sizes.prompt + sized.sizes.answer
    rows = token_rows(sized.vocabulary, sized.rows, length)

    def work() -> Work:
        with torch.inference_mode():
            PaddedDecoder(sized.model, pad_id(sized.model, sized.tokenizer)).start(rows)
        tokens = length * len(rows)
        return Work(tokens, forward_flops(sized.shape, tokens, len(rows), length / 2))

    return work


def _decoding(sized: SizedModel, rows: int | None = None, *, recorded: bool = True) -> Timed:
    """Only the steps count; they are played from a recording where the model allows it."""
    import torch

    sizes, shape = sized.sizes, sized.shape
    prompts = token_rows(sized.vocabulary, rows or sized.rows, sizes.prompt)

    def work() -> tuple[Work, float]:
        where = sized.model.device
        with torch.inference_mode():
            recorder = recorder_of(sized.model) if recorded else None
            decoder = PaddedDecoder(sized.model, pad_id(sized.model, sized.tokenizer), recorder)
            logits = decoder.step(decoder.start(prompts).argmax(-1))
            start = now(where)
            for _ in range(sizes.steps):
                logits = decoder.step(logits.argmax(-1))
            seconds = now(where) - start
        tokens, context = sizes.steps * len(prompts), sizes.prompt + sizes.steps // 2
        operations = forward_flops(shape, tokens, tokens, context)
        return Work(tokens, operations, sizes.steps * step_bytes(shape, len(prompts), context)), seconds

    return work


def _drawing(sized: SizedModel, rows: int) -> Timed:
    """Through the scorer, drawn so that no row ends early; the prompts' pass counts too."""
    steps, sizes = sized.sizes.steps // 4, sized.sizes
    requests = [
        GenerationRequest(
            text_of(sized.tokenizer, sizes.prompt, number), steps, chat=False, sampling=Sampling(1.0, 1.0, number)
        )
        for number in range(rows)
    ]

    def work() -> Work:
        written = sum(answer.tokens for answer in sized.scorer().generations(requests))
        least = steps * step_bytes(sized.shape, rows, sizes.prompt + steps // 2)
        return Work(written, forward_flops(sized.shape, written, written, sizes.prompt), least)

    return work


def _sweep(sized: SizedModel) -> Timed:
    layers = sized.shape.layers
    asked = questions(sized.tokenizer, sized.sizes.scoring, batches=1, seed=2)

    def work() -> tuple[Work, float]:
        plans = [LayerPlan.without((layer,), layers) for layer in range(layers)]
        variants = {plan: sized.scorer(prune_layers(sized.model, plan.removed)) for plan in plans}
        sweep = SweepScorer(sized.scorer(), variants)
        start = now(sized.model.device)
        sweep.log_likelihoods(asked.requests)
        seconds = now(sized.model.device) - start
        passes = layers + layers * (layers - 1) / 2  # of layers: each variant begins where it differs
        one = forward_flops(sized.shape, asked.tokens, 0, CONTEXT / 2) * passes / layers
        heads = 2 * sized.shape.head * asked.scored * (layers + 1)
        return Work(asked.tokens * (layers + 1), one + heads, note="tokens: of all variants together"), seconds

    return work


def training(bench: Bench, sized: SizedModel, recipe: str, accumulations: Sequence[int], removed: float = 0.25) -> None:
    """Time a step of a recipe after pruning a share of the layers, in more and more parts until it fits.

    Args:
        bench: keeps what is found.
        sized: whose model.
        recipe: a name of `recover.recipe`.
        accumulations: parts that a step's batch is run in, tried in this order.
        removed: share of the layers that is removed before.
    """
    for parts in accumulations:
        chosen = replace(RECIPES[recipe], accumulation=parts)
        each = chosen.batch_size // parts
        setting = f"{chosen.batch_size} x {sized.sizes.example} tokens in parts of {each}, {removed:.0%} removed"
        done = bench.measure(sized.name, f"training step ({recipe})", setting, _step(sized, chosen, removed))
        if done.seconds is not None:
            return


def _step(sized: SizedModel, recipe: Recipe, removed: float) -> Timed:
    """The second of two steps: the first chooses kernels and makes the optimiser's state."""
    from harness.recover.train import train
    from harness.recover.trainable import trainable
    from harness.recover.watch import Course

    length, where = sized.sizes.example, sized.model.device
    shape = replace(sized.shape, body=round(sized.shape.body * (1 - removed)))
    count = round(sized.shape.layers * removed)

    def work() -> tuple[Work, float]:
        variant = prune_layers(sized.model, range(sized.shape.layers - count, sized.shape.layers))
        seen = examples(sized.vocabulary, 2 * recipe.batch_size, length, prompt=length // 4)
        ends: list[float] = []
        course = Course(seen, replace(recipe, warmup_steps=1), [2], 2)
        train(
            trainable(variant, recipe, 0), course, 0, 0, variant.dtype,
            progress=lambda *_: ends.append(now(where)),
        )  # fmt: skip
        tokens = recipe.batch_size * length
        operations = training_flops(
            shape, tokens, tokens * 3 // 4, length / 2, full=recipe.trains == "full", recomputed=recipe.checkpointing
        )
        return Work(tokens, operations), ends[1] - ends[0]

    return work
