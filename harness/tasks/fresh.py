"""Fresh items: new ones in the format of a published task, which no model can have read, made by seed.

- `gsm8k_fresh`: word problems of 41 kinds (`tasks.problems`), with worked answers. The numbers, names and things are
  drawn, so a seed of one's own gives items that were never written down before.
- `arithmetic_fresh`, `arithmetic_first_digit_fresh`: the calculations of `single_digit_three_ops` that its file leaves
  out: of the 6,561 that there are it holds 2,000. Small enough a world that a model may have met any of them.
- `word_problems_fresh`, and arithmetic on the tiny tier: items of the mini-world that no split holds, of which the
  tiny model saw as little in training as of the test split: there the difference to the published items is nothing.

Everything but the readers of files is pure, and the same on every machine.
"""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import product

from harness.errors import BadInput
from harness.models.reference import bundled
from harness.tasks import arithmetic, gsm8k, word_problems
from harness.tasks.data import read_jsonl
from harness.tasks.problems import KINDS
from harness.tasks.problems.template import draw
from harness.tasks.source import NO_FILES, Bundled, Files, Source
from harness.tasks.task import Item, Split, Task, require_test

ITEMS = 1_000
"""Items of a seed; `--fresh N` takes N of them."""
_DIGITS, _OPERATIONS = range(1, 10), "+-*"
_APPLY: Mapping[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b,
}  # fmt: skip


@dataclass(frozen=True)
class Fresh:
    """How many fresh items a run asks, and which."""

    count: int
    seed: int = 0


def parse_fresh(text: str) -> Fresh:
    """What `--fresh N` or `--fresh N:SEED` asks for.

    Raises:
        BadInput: it is neither, or there are not so many.
    """
    count, _, seed = text.partition(":")
    try:
        found = Fresh(int(count), int(seed or 0))
    except ValueError as error:
        raise BadInput(f"--fresh {text}: expected a number of items, such as 200, or 200:SEED") from error
    if not 1 <= found.count <= ITEMS or found.seed < 0:
        raise BadInput(f"--fresh {text}: expected 1 to {ITEMS} items, and a seed that is not negative")
    return found


@cache
def problems(seed: int, count: int = ITEMS) -> tuple[Item, ...]:
    """Word problems in GSM8K's format, all kinds equally often, no two alike: {"id", "kind", "question", "answer"}."""
    found: dict[str, Item] = {}
    number = 0
    while len(found) < count:
        kind = KINDS[number % len(KINDS)]
        problem = draw(kind, f"{seed} {number}")
        item = {"id": f"gsm8k_fresh|{seed}|{number}", "kind": kind.name}
        found.setdefault(problem.question, item | {"question": problem.question, "answer": problem.answer})
        number += 1
    return tuple(found.values())


def calculations(seed: int, known: Collection[str], count: int = ITEMS) -> list[Item]:
    """Calculations in the format of `single_digit_three_ops`, none of `known` (contexts): {"id", "context", ...}."""
    rng = random.Random(f"arithmetic {seed}")  # noqa: S311  # a draw, not a secret
    every = list(product(_DIGITS, _OPERATIONS, _DIGITS, _OPERATIONS, _DIGITS))
    shuffled = sorted(every, key=lambda _: rng.random())  # of `random`, only this is promised to stay
    rows = []
    for a, first, b, second, c in shuffled:
        question, value = f"({a} {first} {b}) {second} {c}", _APPLY[second](_APPLY[first](a, b), c)
        row = {"context": f"\n\nQ: What is {question}?\n\nA:", "completion": f" {value}"}
        if row["context"] not in known:
            rows.append({"id": row["context"].strip().splitlines()[0], **row})
    return rows[:count]


def _load_problems(seed: int, _: Source, split: Split) -> list[Item]:
    require_test("gsm8k_fresh", split)
    return list(problems(seed))


def _load_calculations(seed: int, source: Source, split: Split) -> list[Item]:
    require_test("arithmetic_fresh", split)
    if isinstance(source, Bundled):
        return read_jsonl(bundled("data") / "arithmetic" / "fresh.jsonl")
    shots = [f"\n\nQ: What is {question}?\n\nA:" for question, _ in arithmetic.SHOTS]
    return calculations(seed, {*(item["context"] for item in arithmetic.load(source, split)), *shots})


def _load_word_problems(_: Source, split: Split) -> list[Item]:
    require_test("word_problems_fresh", split)
    return read_jsonl(bundled("data") / "word_problems" / "fresh.jsonl")


def counterpart(task: Task, load: Callable[[Source, Split], list[Item]], reads: Files = NO_FILES) -> Task:
    """A task asked and judged as `task` is, on other items."""
    return replace(task, name=f"{task.name}_fresh", load=load, reads=reads)


def _gsm8k(seed: int) -> Task:
    return counterpart(gsm8k.GSM8K, partial(_load_problems, seed))


def _arithmetic(seed: int) -> Task:
    return counterpart(arithmetic.ARITHMETIC, partial(_load_calculations, seed), arithmetic.READS)


def _first_digit(seed: int) -> Task:
    return counterpart(arithmetic.FIRST_DIGIT, partial(_load_calculations, seed), arithmetic.READS)


def _word_problems(_: int) -> Task:
    return counterpart(word_problems.WORD_PROBLEMS, _load_word_problems)


COUNTERPARTS: Mapping[str, Callable[[int], Task]] = {
    "gsm8k": _gsm8k,
    "arithmetic": _arithmetic,
    "arithmetic_first_digit": _first_digit,
    "word_problems": _word_problems,
}
"""Published task -> its fresh counterpart, of a seed."""
FRESH = tuple(make(0) for make in COUNTERPARTS.values())
