"""Recovery corpora: prompts with answers, from JSON lines or the hub."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.recover.rows import exchange_of
from harness.tasks.data import hub_rows, read_jsonl
from harness.text.requests import Finish


@dataclass(frozen=True)
class Example:
    """One prompt with the answer to learn."""

    id: str
    prompt: str
    answer: str
    finish: Finish | None = None
    """How a model-written answer ended; None for answers that no model wrote."""
    tokens: int = 0
    """Tokens of a model-written answer, the end-of-turn token included."""


@dataclass(frozen=True)
class Corpus:
    """Examples with a name."""

    name: str
    examples: tuple[Example, ...]
    unusable: int = 0
    """Rows of its source that have no prompt or no answer."""
    stands_for: float = 1.0
    """Examples that each of these stands for: more than itself in a plan alone, which walks through a part."""

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits naming prompts and answers, order included."""
        text = json.dumps([(example.prompt, example.answer) for example in self.examples])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def on_prompts_of(corpus: Corpus, other: Corpus) -> Corpus:
    """The examples of `corpus` whose prompts `other` has too, in their order. Pure."""
    asked = {example.prompt for example in other.examples}
    return replace(corpus, examples=tuple(example for example in corpus.examples if example.prompt in asked))


def example_of(row: Mapping[str, Any], number: int) -> Example | None:
    """The example of row `number`; None when it has no prompt or no answer.

    Raises:
        BadInput: as `exchange_of`.
    """
    prompt, answer = exchange_of(row, number)
    return Example(str(row.get("id") or row.get("uuid") or number), prompt, answer) if prompt and answer else None


def read_corpus(path: Path, name: str | None = None) -> Corpus:
    """A corpus of a `.jsonl` or `.jsonl.gz` file; rows without a prompt or an answer are left out and counted.

    Raises:
        BadInput: the file cannot be read, a row has no known format, or no row is usable.
    """
    return _corpus(name or path.name.split(".")[0], read_jsonl(path), str(path))


def hub_corpus(dataset: str, name: str, config: str | None = None) -> Corpus:
    """The training split of a dataset of the Hugging Face hub.

    Raises:
        BadInput: it cannot be read, or no row is usable.
    """
    return _corpus(name, hub_rows(dataset, config, "train"), dataset)


def _corpus(name: str, rows: Sequence[Mapping[str, Any]], source: str) -> Corpus:
    try:
        found = [example_of(row, number) for number, row in enumerate(rows)]
    except BadInput as error:
        raise BadInput(f"{source}: {error}") from error
    examples = tuple(example for example in found if example)
    if not examples:
        raise BadInput(f"{source}: no row has a prompt and an answer, so there is nothing to train on")
    return Corpus(name, examples, unusable=len(rows) - len(examples))


def sample(corpus: Corpus, n: int | None, seed: int) -> Corpus:
    """A seeded random subset of `n` examples, in file order; None, or more than there are, takes all."""
    if n is None or n >= len(corpus.examples):
        return corpus
    chosen = sorted(random.Random(f"{seed} {corpus.name}").sample(range(len(corpus.examples)), n))  # noqa: S311
    return replace(corpus, examples=tuple(corpus.examples[index] for index in chosen))


def shuffled(corpus: Corpus, seed: int) -> Corpus:
    """The same answers under other prompts of the same family (an id's text before `|`): a control that must not help.

    Answers are rotated within each family after a seeded shuffle, so that none stays where it was.
    """
    families: dict[str, list[int]] = {}
    for index, example in enumerate(corpus.examples):
        families.setdefault(example.id.split("|", maxsplit=1)[0] if "|" in example.id else "", []).append(index)
    examples = list(corpus.examples)
    for members in families.values():
        order = random.Random(seed).sample(members, len(members))  # noqa: S311  # a seeded shuffle, not a secret
        for place, source in zip(order, [*order[1:], order[0]], strict=True):
            giver = corpus.examples[source]
            examples[place] = replace(examples[place], answer=giver.answer, finish=giver.finish, tokens=giver.tokens)
    return replace(corpus, name=f"{corpus.name}-shuffled", examples=tuple(examples))
