"""`python -m harness rank`: which layers a method would remove, with its scores, its search and its cost."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.arguments import (
    require_data,
    require_form,
    require_seed,
    require_some,
    told_form,
    told_to_think,
)
from harness.commands.command import Command, kept_store, told_model, told_progress, told_source
from harness.methods.method import Method, Ranking
from harness.methods.rank import resolve_method
from harness.models.reference import tier_of
from harness.options import as_share, declare
from harness.prune.ratio import layer_count
from harness.sizes import size
from harness.tasks.calibration import Calibration, parse_calibration

if TYPE_CHECKING:
    from harness.models.passes import Passes
    from harness.score.ledger import Cost


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    declare(add, "--model", "--data", "--store", "--cards", "--protocol", "--dtype", "--calibration", "--seed")
    declare(add, "--thinking", "--thinking-tokens", "--chat-template", "--quiet")
    add("--method", required=True, metavar="NAME", help="a registered name or package.module:function")
    add("--ratio", type=as_share, default=0.25, metavar="R", help="share of layers to remove (default: 0.25)")
    add("--tier", choices=("small", "gpu"), help="whose texts and selection items the method gets on a real "
        "model (default: gpu where there is a CUDA GPU, else small)")  # fmt: skip
    add("--texts", type=int, metavar="N", help="give the method only the first N of these texts, for searches that "
        "would take hours (default: all)")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Rank and print.

    Raises:
        BadInput: an argument cannot be used, or the method refuses.
    """
    told_model(arguments.model, [arguments.ratio])
    require_seed(arguments.seed)
    require_some("--texts", arguments.texts, "texts")
    require_some("--thinking-tokens", arguments.thinking_tokens, "tokens")
    require_form(arguments.chat_template)
    require_data(arguments.data)
    method = resolve_method(arguments.method)
    shown = None if arguments.calibration is None else parse_calibration(arguments.calibration)
    with kept_store(arguments, writes=method.needs == "task_scores"):
        _rank(arguments, method, shown)


def _rank(arguments: argparse.Namespace, method: Method, shown: Calibration | None) -> None:
    from harness.models.load import device, load_model
    from harness.subject import Subject

    loaded = told_form(load_model(arguments.model, dtype=arguments.dtype), arguments.chat_template)
    tier = tier_of(arguments.model, arguments.tier or ("gpu" if device() == "cuda" else "small"))
    subject = Subject(
        loaded, tier, told_source(tier, arguments.data), None, arguments.store, arguments.seed,
        protocol=arguments.protocol, shown=shown,
        progress=told_progress(arguments),
        thinking=told_to_think(loaded, arguments.thinking, arguments.thinking_tokens),
    )  # fmt: skip
    if arguments.texts is not None:
        usual = subject.choices.calibration_of(arguments.method)
        subject = replace(subject, shown=replace(usual, count=arguments.texts))
    count = layer_count(arguments.ratio, loaded.depth)
    before = subject.ledger.reading()
    ranking = subject.ranking(arguments.method, count)
    title = f"{loaded.label}, {arguments.method}: {count} of {loaded.depth} layers, seed {arguments.seed}"
    decided_on = {
        "calibrated on": subject.choices.calibrated_on(arguments.method),
        "thinking": subject.thinks if method.needs == "task_scores" else None,
    }
    sys.stdout.write(rendered(title, ranking, subject.choices.passes, subject.ledger.since(before), decided_on))


def rendered(
    title: str, ranking: Ranking, passes: "Passes", cost: "Cost", decided_on: Mapping[str, str | None] = {}
) -> str:
    """The command's output; `decided_on` names what the method was shown and how the model was asked. Pure."""
    assert ranking.plan is not None
    blocks = [title]
    if ranking.scores is not None:
        rows = [(str(layer), f"{score:.6g}", _turn(ranking, layer)) for layer, score in enumerate(ranking.scores)]
        blocks.append(_table(("layer", "score", "goes"), rows))
    if ranking.trace:
        rows = [(str(step), plan, f"{score:.6g}") for step, (plan, score) in enumerate(ranking.trace, 1)]
        blocks.append(_table(("step", "without", "score"), rows))
    order = ", ".join(map(str, ranking.layers))
    plan = f"plan: {ranking.plan.describe()}" + (f" (in the order {order})" if order else "")
    blocks.append("\n".join([plan, *(f"{what}: {named}" for what, named in decided_on.items() if named)]))
    blocks.append(
        f"cost: {cost.seconds:.1f} s, {passes.count:,} forward passes over {passes.tokens:,} tokens, "
        f"peak memory {size(cost.peak_memory_bytes)}"
    )
    return "\n\n".join(blocks) + "\n"


def _turn(ranking: Ranking, layer: int) -> str:
    return str(ranking.layers.index(layer) + 1) if layer in ranking.layers else ""


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in (columns, *rows)]
    return "\n".join(line.rstrip() for line in lines)


RANK = Command("Print which layers a pruning method removes, its scores, its search and its cost.", add_arguments, run)
