"""A word problem with its worked answer, drawn from a template by seed, in GSM8K's format. Pure.

A template says its calculations with names; numbers are drawn until every result is a whole number of things. What the
answer shows is what was computed: the shown text is evaluated, exactly (`calculation`).
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from harness.tasks.calculation import evaluated

SHE = {"he": "she", "He": "She", "his": "her", "him": "her"}
HE = {word: word for word in SHE}
WOMEN = "Anna Bella Clara Daria Elena Fiona Greta Hanna Irene Julia Kira Lena Mira Nadia Olivia Paula".split()  # noqa: SIM905
MEN = "Aaron Boris Carlo David Emil Felix Gavin Henry Ivan Jonah Karim Liam Mateo Nolan Oscar Pavel".split()  # noqa: SIM905
LEAST, MOST = 2, 9_999  # a result is never "1 apples", nor a number that no grade school has
DRAWS = 10_000  # of a template's numbers, until they fit
T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One calculation of a worked answer."""

    name: str
    """What later calculations call its result."""
    calculation: str
    """In names of numbers and of earlier steps, such as `trays * each`."""
    sentence: str
    """With `{work}` for the calculation and its result, or `{dollars}` where that is money."""


@dataclass(frozen=True)
class Template:
    """A kind of problem. Its texts may name its numbers, its words, `who`, `other`, `third`, and `he`, `his`, `him`."""

    name: str
    question: str
    numbers: Mapping[str, Sequence[int]]
    """What each number is drawn from."""
    steps: tuple[Step, ...]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """A drawn problem."""

    question: str
    answer: str
    """A sentence per step, its calculation marked `<<6*8=48>>` as GSM8K does, then `#### 48`."""
    result: int


def draw(template: Template, seed: str) -> Problem:
    """The problem that a seed makes of a template: the same on every machine and every Python.

    Raises:
        ValueError: the template's numbers hardly ever fit.
    """
    rng = random.Random(seed)  # noqa: S311  # a draw, not a secret
    texts = _people(rng) | {name: pick(rng, options) for name, options in template.words.items()}
    for _ in range(DRAWS):
        numbers = {name: pick(rng, options) for name, options in template.numbers.items()}
        worked = _worked(template, numbers, texts)
        if worked is not None:
            lines, result = worked
            question = template.question.format_map(texts | numbers)
            return Problem(question, "\n".join([*lines, f"#### {result}"]), result)
    raise ValueError(f"template {template.name!r}: {DRAWS} draws of its numbers gave no whole results")


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of `options`; of `random`, only `random()` is promised to draw alike in every Python."""
    return options[int(rng.random() * len(options))]


def _people(rng: random.Random) -> dict[str, str]:
    """Three names that differ, and the first one's pronouns."""
    left, found = [*WOMEN, *MEN], list[str]()
    for _ in range(3):
        found.append(pick(rng, left))
        left.remove(found[-1])
    who, other, third = found
    return {"who": who, "other": other, "third": third} | (SHE if who in WOMEN else HE)


def _worked(template: Template, numbers: Mapping[str, int], texts: Mapping[str, str]) -> tuple[list[str], int] | None:
    """The answer's sentences and its result; None where a result is no whole number from LEAST to MOST."""
    values, lines, result = dict(numbers), list[str](), 0
    for step in template.steps:
        shown = re.sub(r"[a-z]\w*", lambda name: str(values[name[0]]), step.calculation)
        value = evaluated([Fraction(word) if word.isdigit() else word for word in re.findall(r"\d+|\S", shown)])
        if value is None or value.denominator != 1 or not LEAST <= value <= MOST:
            return None
        result = values[step.name] = int(value)
        mark = f"<<{shown.replace(' ', '')}={result}>>{result}"
        work = {"work": f"{shown} = {mark}", "dollars": f"{shown} = ${mark}"}
        lines.append(step.sentence.format_map({**texts, **values, **work}))
    return lines, result
