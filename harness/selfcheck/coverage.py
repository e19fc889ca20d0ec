"""Which families can be pruned: every type of transformers' causal-LM mapping, tried on a tiny random model.

    python -m harness.selfcheck.coverage        # some minutes; writes tests/models/families.json, docs/families.md

A type passes when every oracle holds for every way of pruning. Where the unpruned model itself breaks an oracle (its
cached and uncached logits differ, or it keeps no cache), that oracle says nothing about pruning; it is left out and
named. What the scorer says is compared with single uncached passes, which no model breaks; it is never left out.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.arguments import require_checkout
from harness.errors import BadInput, one_sentence_of
from harness.models import agreement
from harness.models.families import IN_MEMORY_ONLY, REFUSED
from harness.models.structure import decoder_layers
from harness.prune.surgery import prune_layers
from harness.score.abilities import DECODING, SCORING, abilities_of
from harness.selfcheck import oracles
from harness.selfcheck.tiny_random import tiny_random

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Status = Literal["passed", "in memory only", "not scored", "refused", "not testable here", "failing"]
MEANINGS: dict[Status, str] = {
    "passed": "every oracle holds: skipping by hook, cache, generation, scores and answers in the scorer's batches, "
    "saving and loading, one LoRA step",
    "in memory only": "right in memory, where checks run; a saved folder may load as another model",
    "not scored": "it can be pruned, saved and trained, but no check can ask it: the scorer refuses with this reason",
    "refused": "`prune_layers` refuses with this reason",
    "not testable here": "no small model of the type can be built from its config class on this machine",
    "failing": "an oracle fails: a defect",
}
CACHE_TOLERANCE = 1e-3  # chunked recurrences round differently token by token; a wrong cache differs by 0.1 and more
SCORE_TOLERANCE = 1e-3
"""Nats that a score may differ by, and the share of the spread that a token may be below the most likely one."""
MOVED = 1e-4
"""Least relative change of logits by which a removed layer must be noticed."""


@dataclass(frozen=True)
class Coverage:
    """What came of one model type."""

    status: Status
    note: str = ""
    path: str = ""
    """Where its decoder layers are."""
    asked: str = ""
    """How the scorer batches it, scores and answers."""


def model_types() -> list[str]:
    """The types of transformers' causal-LM mapping."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    return sorted(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def coverage_of(model_type: str, *, whole: bool = True) -> Coverage:
    """Try one model type; in one of the ways of pruning only (scattered layers) where not the `whole` is asked for."""
    try:
        model = tiny_random(model_type)
        agreement.logits(model, agreement.probe_ids(model.config.get_text_config().vocab_size))
    except Exception as error:  # noqa: BLE001  # a config class may refuse small sizes in any way
        if model_type in REFUSED:
            return Coverage("refused", REFUSED[model_type])
        return Coverage("not testable here", _first_line(error))
    if model_type in REFUSED:
        try:
            prune_layers(model, (1,))
        except BadInput:
            return Coverage("refused", REFUSED[model_type])
        return Coverage("failing", "it is declared as refused, and was pruned")
    try:
        return _tried(model, model_type, whole=whole)
    except Exception as error:  # noqa: BLE001  # whatever goes wrong is the outcome
        return Coverage("failing", _first_line(error))


def _tried(model: "PreTrainedModel", model_type: str, *, whole: bool) -> Coverage:
    path = decoder_layers(model).path
    left_out = [name for name, holds in CACHED.items() if not holds(model)]
    if "cache" in left_out and not _generates(model, seeds=8):  # a broken cache may write the same by luck
        left_out = list(CACHED)
    asked, unscored = _asked(model)
    scored = [] if unscored else [*SCORED]
    wrong = _broken(model, scored)
    if wrong:
        return Coverage("failing", f"unpruned {wrong}", path, asked)
    ids = agreement.probe_ids(model.config.get_text_config().vocab_size)
    base = agreement.logits(model, ids)
    reloads = True
    variant = model
    ways = oracles.pruned_in_many_ways(model)
    for layers in ways if whole else ways[-2:-1]:
        variant = prune_layers(model, layers)
        names = [*(name for name in CACHED if name not in left_out), *(scored if layers in ways[-2:] else ())]
        wrong = _wrong(model, variant, layers, names)
        if not wrong and not agreement.distance(agreement.logits(variant, ids), base) > MOVED:
            wrong = "it computes what it computed before"
        if wrong:
            return Coverage("failing", f"without {list(layers)} {wrong}", path, asked)
        reloads = reloads and _reloads(variant)
    oracles.trains(variant)
    if reloads == (model_type in IN_MEMORY_ONLY):
        return Coverage("failing", "it reloads after all" if reloads else "saved and loaded it is another model", path)
    if unscored:
        return Coverage("not scored", unscored, path)
    if not reloads:
        return Coverage("in memory only", IN_MEMORY_ONLY[model_type], path, asked)
    note = f"left out, since the unpruned model breaks it: {', '.join(left_out)}" if left_out else ""
    return Coverage("passed", note, path, asked)


def _asked(model: "PreTrainedModel") -> tuple[str, str]:
    """How the scorer batches a model, or why it refuses it."""
    try:
        abilities = abilities_of(model)
    except BadInput as error:
        return "", str(error)
    return f"{abilities.scoring}, {abilities.decoding}", ""


def _wrong(model: "PreTrainedModel", variant: "PreTrainedModel", layers: Sequence[int], names: Sequence[str]) -> str:
    """What is wrong with a variant; "" where nothing is."""
    far = oracles.from_skipping(model, variant, layers)
    if not far < agreement.TOLERANCE:
        return f"it is {far:.1g} from skipping them"
    return _broken(variant, names)


def _broken(variant: "PreTrainedModel", names: Sequence[str]) -> str:
    broken = next((name for name in names if not (CACHED | SCORED)[name](variant)), None)
    return f"its {broken} differ from those of single passes without a cache" if broken else ""


def _reloads(variant: "PreTrainedModel") -> bool:
    try:
        return oracles.from_reloading(variant) < agreement.TOLERANCE
    except Exception:  # noqa: BLE001  # a config class may refuse what it derives otherwise
        return False


def _generates(model: "PreTrainedModel", seeds: int = 1) -> bool:
    try:
        return all(oracles.generated_alike(model, seed=seed) for seed in range(seeds))
    except Exception:  # noqa: BLE001  # as above
        return False


def _caches(model: "PreTrainedModel") -> bool:
    try:
        return oracles.from_one_pass(model) < CACHE_TOLERANCE
    except Exception:  # noqa: BLE001  # no cache, or one that cannot be filled token by token
        return False


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"


def _scores(model: "PreTrainedModel") -> bool:
    return oracles.from_scoring(model) < SCORE_TOLERANCE


def _answers(model: "PreTrainedModel") -> bool:
    return oracles.from_writing(model) < SCORE_TOLERANCE


SCORED: dict[str, Callable[["PreTrainedModel"], bool]] = {"scores": _scores, "answers": _answers}
CACHED: dict[str, Callable[["PreTrainedModel"], bool]] = {"cache": _caches, "generation": _generates}


def page(outcomes: Mapping[str, Coverage], version: str) -> str:
    """The page of the docs."""
    counts = Counter(outcome.status for outcome in outcomes.values())
    lines = [
        "# Families that can be pruned",
        "",
        f"Made by `python -m harness.selfcheck.coverage`: {len(outcomes)} types, the causal-LM mapping of transformers",
        f"{version}. A tiny random model of every type loses its first layer, a middle one, its last, scattered ones,",
        "and all but one (of a hybrid model one layer of each kind is spared).",
        "`tests/models/test_families.py` repeats it: scattered layers on every run, all ways for the paper's families",
        "and, marked slow, for every type.",
        "",
        "| outcome | types | meaning |",
        "|---|---|---|",
        *(f"| {status} | {counts[status]} | {meaning} |" for status, meaning in MEANINGS.items()),
        "",
        "How the scorer asks a model for scores and answers; `harness/score/abilities.py` measures it on the model at",
        "hand, and here on these. Compared are the whole model, scattered layers removed, and all but one:",
        "",
        "| scores | meaning |",
        "|---|---|",
        *(f"| {name} | {meaning} |" for name, meaning in SCORING.items()),
        "",
        "| answers | meaning |",
        "|---|---|",
        *(f"| {name} | {meaning} |" for name, meaning in DECODING.items()),
        "",
        "| type | outcome | layers | asked | note |",
        "|---|---|---|---|---|",
        *(
            f"| {kind} | {o.status} | {f'`{o.path}`' if o.path else ''} | {o.asked} | {o.note} |"
            for kind, o in sorted(outcomes.items())
        ),
    ]
    return "\n".join(lines) + "\n"


def main(root: Path, show: Callable[[str], object] = print) -> None:
    """Measure all types, and write what came out.

    Raises:
        BadInput: `root` is no checkout.
    """
    require_checkout(root, "tests/models", "docs")
    import transformers
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    outcomes = {}
    for kind in model_types():
        outcomes[kind] = coverage_of(kind)
        show(f"{kind}: {outcomes[kind].status} {outcomes[kind].note}")
    rows = {kind: asdict(outcome) for kind, outcome in outcomes.items()}
    (root / "tests/models/families.json").write_text(
        json.dumps({"transformers": transformers.__version__, "types": rows}, indent=1) + "\n", encoding="utf-8"
    )
    (root / "docs/families.md").write_text(page(outcomes, transformers.__version__), encoding="utf-8")
    show(str(Counter(outcome.status for outcome in outcomes.values())))


if __name__ == "__main__":
    with one_sentence_of("python -m harness.selfcheck.coverage"):
        main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
