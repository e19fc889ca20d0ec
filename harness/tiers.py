"""What a tier is: which tasks speak for what, how many items, which texts, how it recovers. Facts only.

`tiny` is our own model on its mini-world, `small` any real checkpoint on a CPU, `gpu` the paper's models. A run knows
its tier by name (`TierName`, as it stands in rows and paths) and looks the rest up here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TierName = Literal["tiny", "small", "gpu"]


@dataclass(frozen=True)
class RecoverySettings:
    """What recovery checks do unless the command line says otherwise."""

    recipe: str
    corpora: tuple[str, ...]
    """Other authors' corpora that self-generated answers are compared with."""
    aligned: str
    """The corpus of the reasoning task itself, for the run that is aligned to it (paper, A.6.2)."""
    examples: int | None
    """Examples of a corpus, a seeded random subset; None: all."""
    seeds: int
    """Training runs of every recovery."""
    max_new_tokens: int
    """Longest self-generated answer."""
    responses: int = 1
    """Self-generated answers per prompt: 1 in the authors' code, 8 by a third party's summary of the paper."""
    drop: tuple[str, ...] = ()
    """Filters of self-generated answers (`self_generated.FILTERS`); none in the authors' code."""
    aligned_recipe: str = "full"
    """Recipe of the run that is aligned to the reasoning task: all weights (paper, version 4)."""


@dataclass(frozen=True)
class Tier:
    """One size of model, with everything that depends on it."""

    meaning: str
    """In the words of its pytest marker."""
    classification: tuple[str, ...]
    generative: tuple[str, ...]
    reasoning: tuple[str, ...]
    """Generation of several steps, for the sweep over single layers."""
    robust: tuple[str, ...]
    """What should stay in that sweep."""
    code: tuple[str, ...]
    worked: str
    """One task of many steps, which the base of the tier can do."""
    selection: tuple[str, ...]
    """What a method that searches by task scores may look at: the selection split, in no test and no calibration."""
    selection_items: int
    """Items per task of such a search; 100 is the paper's."""
    sweep_items: int
    """Items per task and layer where every layer is removed in turn and nobody limits them; 100 is the paper's."""
    recalled: int
    """Most lost items of a task that several answers are drawn for, and most items to tell their luck from."""
    worked_answers: int
    """Calibration texts of this kind."""
    running_texts: tuple[int, int]
    """Calibration texts of the other kind, and the tokens of each."""
    generation_tokens: int
    """Of prompts and answers of a generation batch."""
    recovery: RecoverySettings
    looks: bool = True
    """Whether claims are looked at on few items first; where items cost little, all are asked, for they also tell
    whether a new version of anything answers otherwise."""


REAL_CLASSIFICATION = ("arc_easy", "arc_challenge", "hellaswag", "piqa", "winogrande", "openbookqa", "mmlu")
TIERS: Mapping[TierName, Tier] = {
    "tiny": Tier(
        meaning="the bundled 12-layer model on the mini-world: minutes on a CPU, no network (the default)",
        classification=("facts", "events", "kinds"),
        generative=("word_problems", "code", "headlines"),
        reasoning=("word_problems", "code"),
        robust=("facts", "events", "kinds", "headlines"),
        code=("code",),
        worked="word_problems",
        selection=("word_problems", "code", "headlines"),
        selection_items=40,
        sweep_items=150,
        recalled=40,
        worked_answers=64,
        running_texts=(64, 64),
        generation_tokens=24_576,  # the tiny model gains nothing from larger batches
        recovery=RecoverySettings(
            "tiny", ("dolci-like",), "gold-word-problems", None, 3, 128, aligned_recipe="tiny-full"
        ),
        looks=False,
    ),
    "small": Tier(
        meaning="a real checkpoint on a CPU: needs --model",
        classification=REAL_CLASSIFICATION,
        # a broken 0.5B model writes up to 512 tokens to every problem of HumanEval+ (10 minutes for 100 items, 2
        # cores): GSM8K speaks for all four of the gpu tier
        generative=("gsm8k",),
        reasoning=("gsm8k",),
        robust=("arc_easy",),
        code=("human_eval_plus",),
        worked="gsm8k",
        selection=("gsm8k",),
        selection_items=25,
        sweep_items=100,
        recalled=10,
        worked_answers=32,
        running_texts=(32, 128),
        generation_tokens=73_728,  # a 0.5B model decodes 64 rows 1.8 times as fast as 16 (81 and 46 tokens/s, 2 cores)
        # what two cores can do, 10 minutes a recovery of a 0.5B model (docs/recovery.md)
        recovery=RecoverySettings("small", ("alpaca",), "gsm8k-train", 64, 1, 256),
    ),
    "gpu": Tier(
        meaning="the paper's 2B-8B models: needs a CUDA GPU",
        classification=REAL_CLASSIFICATION,
        generative=("gsm8k", "human_eval_plus", "mbpp_plus", "xsum"),  # the paper counts summaries among them
        reasoning=("gsm8k", "human_eval_plus"),
        robust=(*REAL_CLASSIFICATION, "xsum"),
        code=("human_eval_plus", "mbpp_plus"),
        worked="gsm8k",
        selection=("gsm8k",),
        selection_items=100,
        sweep_items=100,
        recalled=50,
        worked_answers=100,
        running_texts=(128, 256),
        generation_tokens=24_576,
        recovery=RecoverySettings("paper", ("alpaca-cleaned",), "gsm8k-train", None, 1, 2048),
    ),
}
