"""What is checked before a recovery trains, so that hours are not spent on a broken set-up. Pure.

Each guard answers a defect that was found in the authors' run or is known from such runs:
a masked end of turn, a doubled BOS, prompts cut away, an adapter whose r and alpha are not the ones asked for.
"""

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from harness.errors import BadInput
from harness.recover.encode import IGNORED, Encoded
from harness.recover.recipe import Recipe

MOST_TOO_LONG = 0.10  # share of a corpus that may be left out for its length


def fitting(examples: Sequence[Encoded], max_tokens: int, room: int | None, *, cut: bool = False) -> list[Encoded]:
    """The examples that fit; prompts are never cut, answers where the recipe says so.

    Args:
        examples: the encoded corpus.
        max_tokens: longest example of the recipe.
        room: longest input of the model, None where it has no limit.
        cut: whether what is too long loses the end of its answer instead of being left out.

    Raises:
        BadInput: more than a tenth would be left out.
    """
    longest = min(max_tokens, room) if room else max_tokens
    if cut:
        kept = [_cut(example, longest) for example in examples if example.prompt_tokens < longest]
    else:
        kept = [example for example in examples if len(example.ids) <= longest]
    if len(kept) < (1 - MOST_TOO_LONG) * len(examples):
        what = "recovery prompts fill" if cut else "recovery examples are longer than"
        raise BadInput(
            f"{len(examples) - len(kept)} of {len(examples)} {what} {longest} tokens; "
            f"expected at most {MOST_TOO_LONG:.0%}: raise the recipe's max_tokens or choose another corpus"
        )
    return kept


def _cut(example: Encoded, longest: int) -> Encoded:
    return replace(example, ids=example.ids[:longest], labels=example.labels[:longest])


def check_examples(examples: Sequence[Encoded], ends: Collection[int], bos: int | None) -> None:
    """Refuse a corpus that would teach the wrong thing.

    Raises:
        BadInput: nothing is learned of an example, its end of turn is not learned by any, or a BOS is doubled.
    """
    if not examples:
        raise BadInput("the recovery corpus is empty after encoding; expected at least 1 example")
    for example in examples:
        learned = [label for label in example.labels if label != IGNORED]
        if not learned or (len(learned) == 1 and learned[0] in ends):
            raise BadInput(f"recovery example {example.id}: its answer is empty, so there is nothing to learn from it")
        # one that opens every turn is the template's way (SmolLM2-Instruct: BOS is <|im_start|>)
        if bos is not None and bos not in ends and ((bos, bos) in itertools.pairwise(example.ids) or bos in learned):
            raise BadInput(
                f"recovery example {example.id}: a BOS token follows another or stands in the answer; expected one "
                f"where a text or a turn begins: the chat template and the tokenizer each add one, or the answer "
                f"contains it"
            )
    ending = sum(example.labels[-1] in ends for example in examples)
    if ending == 0:
        raise BadInput(
            f"none of {len(examples)} recovery examples learns to end its turn; expected the end-of-turn token in the "
            f"loss: with pad = eos some collators mask it"
        )


def check_batch(labels: Sequence[Sequence[int]], examples: Sequence[Encoded]) -> None:
    """Refuse a collator that changes what is learned.

    Args:
        labels: one row per example, as the training loop gets them, padding included.
        examples: the examples of the batch, in order.

    Raises:
        BadInput: a row learns other tokens than its example.
    """
    for row, example in zip(labels, examples, strict=True):
        expected = [label for label in example.labels if label != IGNORED]
        found = [label for label in row if label != IGNORED]
        if found != expected:
            raise BadInput(
                f"recovery example {example.id}: the batch learns {len(found)} tokens, expected {len(expected)}; the "
                f"collator masks or adds some (the end-of-turn token, where pad = eos)"
            )


def check_echo(asked: Mapping[str, float], used: Mapping[str, float]) -> None:
    """Refuse a run whose adapter or optimiser is not what the recipe says.

    Raises:
        BadInput: a value differs.
    """
    for name, value in asked.items():
        if name not in used or abs(used[name] - value) > 1e-12 * max(1.0, abs(value)):
            raise BadInput(
                f"the recipe says {name} = {value:g} and the run would use {used.get(name)}; refusing to train"
            )


def check_loss(loss: float, steps: int, recipe: Recipe) -> None:
    """Refuse to go on with a run that has diverged.

    Raises:
        BadInput: the loss is NaN or infinite.
    """
    if not math.isfinite(loss):
        raise BadInput(
            f"recipe {recipe.name}: the loss is {loss} after {steps} steps, expected a number; use a lower learning "
            f"rate ({recipe.learning_rate:g}) or --dtype float32"
        )
