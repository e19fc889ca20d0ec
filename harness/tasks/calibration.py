"""Texts that a pruning criterion may look at. They share no item with any test set.

The paper calibrates on GSM8K *test* questions with their answers (`paper-method.md` section 2, W3); here it is the
train split, or the mini-world's calibration split.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.load import Tier
from harness.models.reference import bundled
from harness.recover.contamination import words_of
from harness.score.chat import render
from harness.tasks.data import read_jsonl
from harness.tasks.gsm8k import load as load_gsm8k

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TEXTS: dict[Tier, int] = {"tiny": 64, "small": 32, "gpu": 100}
_MINI_WORLD = (("word_problems", "question", "answer"), ("code", "prompt", "canonical_solution"))


def calibration_texts(
    tier: Tier, data: Path | None, tokenizer: "PreTrainedTokenizerBase", seed: int, protocol: str
) -> list[str]:
    """Questions with their worked answers.

    As chats under the sound protocol, since that is how the model is used; as plain text under the paper's.
    """
    if tier == "tiny":
        pairs = [
            (row[question], row[answer])
            for family, question, answer in _MINI_WORLD
            for row in read_jsonl(bundled("data") / family / "calibration.jsonl")
        ]
    else:
        pairs = [(row["question"], row["answer"]) for row in load_gsm8k(data, "calibration")]
    chosen = random.Random(seed).sample(pairs, TEXTS[tier])  # noqa: S311  # a seeded subset, not a secret
    if protocol == "paper" or not tokenizer.chat_template:
        return [f"{question} {answer}" for question, answer in chosen]
    return [_as_chat(question, answer, tokenizer) for question, answer in chosen]


def require_disjoint(texts: Sequence[str], items: Sequence[str]) -> None:
    """Refuse calibration texts that contain what a test item asks, word for word.

    Raises:
        BadInput: one does.
    """
    asked = {" ".join(words_of(item)): item for item in items}
    for text in texts:
        words = f" {' '.join(words_of(text))} "
        found = next((item for joined, item in asked.items() if joined and f" {joined} " in words), None)
        if found is not None:
            raise BadInput(
                f"a calibration text contains the test item {found[:60]!r}; a pruning method must not see what it is "
                f"tested on: calibrate on other texts"
            )


def _as_chat(question: str, answer: str, tokenizer: "PreTrainedTokenizerBase") -> str:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    text = render(tokenizer, turns, generation_prompt=False)
    bos = str(tokenizer.bos_token or "")
    return text.removeprefix(bos) if bos else text  # the tokenizer adds it again when the text is encoded
