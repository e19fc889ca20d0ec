"""Rankings, each found once: kept beside the answers under a key of all that a choice depends on.

That is the method (its name, and the code of all methods and of what reads a model: `harness.rules`), the model, the
texts and the tokenizer's way with words, the count, the seed, versions, device and dtype. Kept is what our own methods
choose by looking at texts; what others' code chooses nobody can name, and what needs task scores is answered anew from
the stored answers.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.journal import Journal
from harness.methods.method import METHODS, Method, Ranking
from harness.prune.plan import parse_plan
from harness.rules import rules
from harness.score.makers import makers
from harness.text.wording import wording
from harness.versions import versions

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

FILE = "rankings.jsonl"  # in the store


@dataclass(frozen=True)
class Kept:
    """A ranking, and what it took."""

    ranking: Ranking
    passes: int
    """Forward passes."""
    tokens: int
    """Tokens that went through, padding included."""


def is_kept(method: Method) -> bool:
    """Whether what a method chooses is kept: our own ones that read texts."""
    ours = METHODS.get(method.name) is method and method.function.__module__.startswith("harness.methods.")
    return ours and method.needs in ("forward", "gradients")


def todays_rules() -> str:
    """Names the code that ranks here, and that reads a model for it."""
    return f"{rules('ranking')}, answers {rules('answers')}"


def key_of(method: Method, loaded: "LoadedModel", count: int, texts: Sequence[str], seed: int) -> str:
    """Names a ranking by all that it depends on."""
    words = wording(loaded.tokenizer).name
    parts: list[Any] = [
        rules("ranking"), rules("answers"), method.name, loaded.fingerprint, words, count, list(texts), seed,
        makers(loaded.model), versions(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def remembered(store: Path | None, key: str, depth: int) -> Kept | None:
    """The ranking of that name; None where it was not kept.

    Raises:
        BadInput: the store cannot be read.
    """
    if store is None:
        return None
    book = _opened(store / FILE)
    book.journal.refresh()
    row = book.rows.get(key)
    if row is None:
        return None
    ranking = Ranking(
        tuple(row["layers"]), None if row["scores"] is None else tuple(row["scores"]), row["method"],
        parse_plan(row["plan"], depth), tuple((text, score) for text, score in row["trace"]),
    )  # fmt: skip
    return Kept(ranking, row["passes"], row["tokens"])


def remember(store: Path | None, key: str, depth: int, kept: Kept) -> None:
    """Keep a ranking; not one whose plan its own text does not tell, such as one that blends weights.

    Raises:
        BadInput: the store cannot be written.
    """
    found = kept.ranking
    if (
        store is None
        or found.plan is None
        or found.plan.blends
        or parse_plan(found.plan.describe(), depth) != found.plan
    ):
        return
    row = {
        "key": key, "rules": todays_rules(), "layers": list(found.layers),
        "scores": None if found.scores is None else list(found.scores), "method": found.method,
        "plan": found.plan.describe(), "trace": [list(step) for step in found.trace], "passes": kept.passes,
        "tokens": kept.tokens,
    }  # fmt: skip
    book = _opened(store / FILE)
    book.rows[key] = row
    book.journal.append([row], "writing rankings")


class Book:
    """The rankings of one store."""

    def __init__(self, path: Path) -> None:
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.journal = Journal(path, self.take)

    def take(self, row: Mapping[str, Any]) -> bool:
        """Keep what a line says; whether it is one of ours."""
        match row:
            case {
                "key": str(key), "layers": list(layers), "scores": None | list() as scores, "method": str(),
                "plan": str(), "trace": list(trace), "passes": int(), "tokens": int(),
            }:  # fmt: skip
                steps = all(isinstance(step, list) and len(step) == 2 for step in trace)  # noqa: PLR2004  # plan, score
                if steps and all(type(layer) is int for layer in layers) and all(map(_is_number, scores or [])):
                    self.rows[key] = row
                    return True
        return False


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


_opened = cache(Book)
