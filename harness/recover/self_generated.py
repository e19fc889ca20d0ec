"""Self-generated responses: the unpruned model's own answers as training data (the paper's SGR).

As in `self_generate/generate_responses.py` @ 0890223: temperature .9, top-p .95, one response per prompt, no filter.
A third-party summary of the paper says eight responses; `k` decides. Unlike there, how an answer ended is kept.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.recover.corpus import Corpus, Example
from harness.tasks.gsm8k import extract_strict, final
from harness.tasks.numbers import ending_number, value_of
from harness.tasks.outcome import require_enough
from harness.text.requests import Generation, GenerationRequest, Sampling

if TYPE_CHECKING:
    from harness.score.scorer import Scorer

TEMPERATURE, TOP_P = 0.9, 0.95


def is_wrong(answer: str, reference: str) -> bool:
    r"""Whether a reference states a number (`####`, `\boxed{}`) or ends in one, and an answer comes to another."""
    wanted = value_of(extract_strict(reference) or ending_number(reference))
    return wanted is not None and final(answer) != wanted


Filter = Callable[[Generation, Example], bool]
FILTERS: dict[str, Filter] = {
    "truncated": lambda answer, _: answer.finish == "length",
    "looping": lambda answer, _: answer.finish == "loop",
    "wrong": lambda answer, example: is_wrong(answer.text, example.answer),
}
"""Name -> whether an answer is to be dropped, given the example whose prompt it answers."""


@dataclass(frozen=True)
class SelfGeneration:
    """What the unpruned model wrote."""

    prompts: int
    responses: int
    mean_tokens: float
    """Per response, the end-of-turn token included."""
    finishes: dict[str, int]
    """stop, length, loop -> responses."""
    would_drop: dict[str, int]
    """Filter -> responses it matches, whether or not it was on."""
    dropped: int
    """Responses left out by the filters that were on."""
    left_out: int = 0
    """Prompts that were not asked, because they do not fit the model's input with their response."""


def require_filters(names: Sequence[str]) -> None:
    """Refuse names that are not of FILTERS.

    Raises:
        BadInput: one is not.
    """
    unknown = [name for name in names if name not in FILTERS]
    if unknown:
        raise BadInput(f"filter {unknown[0]!r} is unknown; use some of {', '.join(FILTERS)}")


def self_generated(
    scorer: "Scorer",
    prompts: Corpus,
    max_new_tokens: int,
    k: int = 1,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    seed: int = 0,
    drop: Sequence[str] = (),
) -> tuple[Corpus, SelfGeneration]:
    """The prompts of a corpus, answered by the model behind `scorer`.

    Args:
        scorer: of the unpruned model.
        prompts: whose prompts are asked; its answers serve the `wrong` filter only.
        max_new_tokens: longest response.
        k: responses per prompt.
        temperature: of the sampling.
        top_p: of the sampling.
        seed: with the prompt and the response's number, decides every draw.
        drop: names of FILTERS.

    Raises:
        BadInput: a filter is unknown, k is below 1, too few prompts fit the model's input, or nothing is left.
    """
    require_filters(drop)
    if k < 1:
        raise BadInput(f"{k} responses per prompt: expected at least 1")
    fits = scorer.fits([GenerationRequest(example.prompt, max_new_tokens) for example in prompts.examples])
    fitting = [example for example, fit in zip(prompts.examples, fits, strict=True) if fit]
    require_enough(f"the prompts of {prompts.name}", len(fitting), len(fits) - len(fitting), scorer.room)
    asked = [(example, number) for example in fitting for number in range(k)]
    answers = scorer.generations(
        [
            GenerationRequest(
                example.prompt,
                max_new_tokens,
                sampling=Sampling(temperature, top_p, zlib.crc32(f"{seed} {number} {example.prompt}".encode())),
            )
            for example, number in asked
        ]
    )
    pairs = list(zip(asked, answers, strict=True))
    kept = [
        Example(
            f"{example.id}#{number}" if k > 1 else example.id,
            example.prompt,
            answer.written,
            answer.finish,
            answer.tokens,
        )
        for (example, number), answer in pairs
        if answer.text.strip() and not any(FILTERS[name](answer, example) for name in drop)
    ]
    if not kept:
        raise BadInput(f"none of {len(answers)} self-generated responses is left; turn some of {', '.join(drop)} off")
    report = SelfGeneration(
        prompts=len(fitting),
        left_out=len(fits) - len(fitting),
        responses=len(answers),
        mean_tokens=sum(answer.tokens for answer in answers) / len(answers),
        finishes=dict(sorted(Counter(answer.finish for answer in answers).items())),
        would_drop={
            name: sum(matches(answer, example) for (example, _), answer in pairs) for name, matches in FILTERS.items()
        },
        dropped=len(answers) - len(kept),
    )
    return Corpus("self-generated", tuple(kept), stands_for=prompts.stands_for), report
