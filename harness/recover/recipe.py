"""Recovery recipes: every number of a training run, by name. Pure.

The paper's recipe is stated twice, because the authors' command and their code differ:
`train/sft_trainer.py:373-376` @ 0890223 silently turns r = 16 into r = 64, alpha = 16.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from harness.errors import BadInput

Trains = Literal[
    "lora",
    "qlora",
    "last-layers",
    "full",
    "one-layer",
    "norm",
    "prune-and-comp",
    "replace-me",
    "low-rank",
    "bias",
    "linear-patch",
]
Target = Literal["answers", "teacher", "streams"]
Schedule = Literal["constant", "linear"]
TooLong = Literal["left out", "cut"]


@dataclass(frozen=True)
class Recipe:
    """One way to recover a pruned model."""

    name: str
    trains: Trains
    """`lora`; `qlora` (the same, trained on an NF4 base and evaluated on the variant's own weights); `last-layers`
    (final norm, lm_head, last three layers); `full` (all weights); `one-layer` (the layer before each cut); nothing,
    where it names a repair (`harness.repair`).
    """
    target: Target = "answers"
    """`answers`: cross-entropy on the corpus; `teacher`: the unpruned model's next-token distribution; `streams`: what
    leaves the missing layers of the unpruned model."""
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    learning_rate: float = 1e-3
    warmup_steps: int = 10
    """Linear."""
    warmup_share: float | None = None
    """Most of a run that is warm-up, so that one shorter than the published run warms up for no larger share; None:
    however much."""
    schedule: Schedule = "constant"
    """After the warm-up: `constant`, or `linear`, down to nothing at the end of the run."""
    batch_size: int = 16
    """Examples per step."""
    accumulation: int = 1
    """Parts a step's examples are run in, to bound memory."""
    epochs: float = 1.0
    max_tokens: int = 512
    """Longest example, prompt and answer."""
    too_long: TooLong = "left out"
    """What becomes of a longer one: `left out`, or `cut`, so that its answer has no end."""
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    clip: float = 1.0
    """Largest gradient norm."""
    checkpointing: bool = False
    """Whether activations are recomputed to save memory."""

    @property
    def has_adapter(self) -> bool:
        """Whether what is trained is an adapter beside the weights."""
        return self.trains in ("lora", "qlora")

    @property
    def on_four_bits(self) -> bool:
        """Whether the adapter is trained on a 4-bit base (QLoRA, 2305.14314)."""
        return self.trains == "qlora"

    @property
    def in_place(self) -> bool:
        """Whether what is trained are weights of the model, or copies of them."""
        return self.trains in ("last-layers", "full", "one-layer")

    @property
    def begins_frozen(self) -> bool:
        """Whether the layers before the trained ones say the same of an example in every step."""
        return self.trains == "last-layers" and self.target == "answers"

    @property
    def has_teacher(self) -> bool:
        """Whether it learns from the unpruned model."""
        return self.target != "answers"

    @property
    def has_training(self) -> bool:
        """Whether anything is trained."""
        return self.has_adapter or self.in_place

    @property
    def repair(self) -> str:
        """The name of the repair, where nothing is trained."""
        return self.trains.replace("-", "_")


_PAPER = Recipe(
    "paper", "qlora", rank=64, alpha=16, dropout=0.05, learning_rate=2e-4, warmup_steps=50, batch_size=8,
    accumulation=4, max_tokens=8192, weight_decay=1e-4, betas=(0.9, 0.99), checkpointing=True,
)  # fmt: skip
# parts of 2 examples, where the authors run 4: the gradient is the same, and 4 of the full length take 78 GB for
# Llama-3.1-8B and more than 150 GB for Gemma-2-2B, 2 of them 68 GB (docs/gpu-tier.md)
_TINY = Recipe("tiny", "lora", accumulation=2)


def with_all_weights(recipe: Recipe, learning_rate: float) -> Recipe:
    """The same data and schedule, training all weights instead of adapters (`tiny` becomes `tiny-full`)."""
    return replace(recipe, name=f"{recipe.name}-full", trains="full", dropout=0.0, learning_rate=learning_rate)


def with_last_layers(recipe: Recipe) -> Recipe:
    """The same data and schedule, training the last layers instead of adapters (`tiny` becomes `tiny-last-layers`)."""
    return replace(recipe, name=f"{recipe.name}-last-layers", trains="last-layers")


RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _PAPER,
        replace(_PAPER, name="paper-command-line", rank=16, alpha=32),
        _TINY,
        replace(_TINY, name="tiny-qlora", trains="qlora"),
        with_last_layers(_TINY),
        with_all_weights(_TINY, 3e-4),
        replace(_TINY, name="tiny-distillation", target="teacher"),
        # the rate of `tiny-full`, which trains whole weights too; not tuned
        replace(_TINY, name="tiny-one-layer", trains="one-layer", target="streams", learning_rate=3e-4),
        # a real checkpoint on a CPU: the paper's learning rate and batch, short sequences, and as few warm-up steps as
        # a run of 8 steps can afford
        Recipe("small", "lora", learning_rate=2e-4, warmup_steps=2, batch_size=8, accumulation=2, max_tokens=512),
        # Lu et al. (2411.15558, `partial_fine-tuning.py` @ e1f938a): batch 64 in parts of 4, 2 epochs, examples cut at
        # 256 tokens, 100 warm-up steps of the 1,555 that alpaca-cleaned gives, then down to nothing; what is not
        # followed: docs/recovery.md
        Recipe(
            "last-layers",
            "last-layers",
            learning_rate=1e-5,
            warmup_steps=100,
            warmup_share=100 / 1555,
            schedule="linear",
            batch_size=64,
            accumulation=16,
            epochs=2.0,
            max_tokens=256,
            too_long="cut",
        ),
        # the paper's aligned setting since its version 4, of which no number is known: the recipe `paper` on all
        # weights, with the warm-up of `small`, so that it runs on 64 examples as well
        replace(with_all_weights(_PAPER, 2e-5), name="full", warmup_steps=2),
        # Minitron (2407.14679): the unpruned model's distribution, here with adapters
        replace(_PAPER, name="distillation", target="teacher"),
        # LLM-Streamline (2403.19135, `train_lightweightnetwork.py` @ adf50ba): batches of 128 in parts of 8, one epoch.
        # Its cosine is made for half of the parts and stepped once per 16 of them: so a twelfth of the run is warm-up,
        # and then the rate stays within 4 % of what it is told
        Recipe(
            "one-layer",
            "one-layer",
            target="streams",
            learning_rate=2e-4,
            warmup_steps=62,
            warmup_share=0.08,
            batch_size=128,
            accumulation=16,
            max_tokens=2048,
            weight_decay=1e-3,
            clip=5.0,
        ),
        Recipe("norm", "norm"),
        Recipe("prune-and-comp", "prune-and-comp"),
        Recipe("replace-me", "replace-me"),
        Recipe("low-rank", "low-rank"),
        Recipe("bias", "bias"),
        Recipe("linear-patch", "linear-patch"),
    )
}


def recipe_named(name: str) -> Recipe:
    """A recipe.

    Raises:
        BadInput: there is none of that name.
    """
    if name not in RECIPES:
        raise BadInput(f"recipe {name!r} is unknown; use one of {', '.join(sorted(RECIPES))}")
    return RECIPES[name]


def warm_up(recipe: Recipe, steps: int) -> int:
    """Warm-up steps of a run of `steps`."""
    if recipe.warmup_share is None:
        return recipe.warmup_steps
    return min(recipe.warmup_steps, math.floor(recipe.warmup_share * steps))


def require_past_warm_up(recipe: Recipe, examples: int) -> None:
    """Refuse a run that is over before its learning rate is reached: it would pass for a recovery.

    Where the warm-up is a share of the run, it must be a step at least.

    Raises:
        BadInput: it is.
    """
    steps = steps_at(recipe, examples, 1.0)
    needed = recipe.warmup_steps + 1 if recipe.warmup_share is None else math.ceil(1 / recipe.warmup_share)
    if recipe.has_training and steps < needed:
        enough = math.ceil(needed * recipe.batch_size / recipe.epochs)
        raise BadInput(
            f"recipe {recipe.name} on {examples} examples is over after {steps} steps, before it has warmed up; use "
            f"at least {enough} examples (--recovery-examples), or another --recipe"
        )


def steps_at(recipe: Recipe, examples: int, fraction: float) -> int:
    """Steps of a recipe after a fraction of its run on a number of examples; at least 1."""
    whole = max(1, round(recipe.epochs * examples / recipe.batch_size))
    return max(1, round(fraction * whole))
