"""`python -m harness noise`: measures how many answers of an unpruned model are numerics, for baselines to forgive."""

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.arguments import require_checkout, require_data, require_model, require_some, told_form
from harness.commands.command import Command, kept_store, told_progress, told_source
from harness.models.reference import tier_of
from harness.options import declare

if TYPE_CHECKING:
    from harness.report.noise import Rates
    from harness.tasks.source import Source
    from harness.tiers import TierName


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("--task", action="append", metavar="NAME", help="measure this task; repeatable (default: the tier's "
        "classification, generation and arithmetic, and both forms of its controls)")  # fmt: skip
    declare(add, "--model", "--data", "--limit", "--store", "--root", "--quiet")
    declare(add, "--dtype", help="dtype of the weights; the other of float32 and bfloat16 is compared with it "
            "(default: float32 on a CPU, the checkpoint's own on a GPU)")  # fmt: skip
    add("--other-dtype-only", action="store_true", help="do not ask one item at a time, which takes longest")


def run(arguments: argparse.Namespace) -> None:
    """Ask as checks do, in another dtype and one item at a time; print how often scores differ, and write it.

    Raises:
        BadInput: an argument cannot be used.
    """
    require_model(arguments.model)
    require_checkout(arguments.root, "baselines")
    require_data(arguments.data)
    require_some("--limit", arguments.limit, "items")
    with kept_store(arguments):
        _measure(arguments)


def _measure(arguments: argparse.Namespace) -> None:
    from harness.models.load import load_model
    from harness.report.environment import own_command
    from harness.report.noise import keep_rates
    from harness.subject import Subject
    from harness.subject.beside import flip_rates
    from harness.tasks.suite import require_tasks

    require_tasks(arguments.task or ())
    tier = tier_of(arguments.model, "small")
    loaded = told_form(load_model(arguments.model, dtype=arguments.dtype), None)
    subject = Subject(
        loaded,
        tier,
        told_source(tier, arguments.data),
        arguments.limit,
        arguments.store,
        progress=told_progress(arguments),
    )
    answered = subject.evaluate(subject.whole, arguments.task or _usual(tier, subject.source))
    rates = flip_rates(subject, answered, alone=not arguments.other_dtype_only)
    items = {task: len(result.outcomes) for task, result in answered.items()}
    folder = arguments.root / "baselines" / tier
    path = keep_rates(folder, loaded.fingerprint, loaded.label, loaded.dtype, rates, items, own_command())
    sys.stdout.write(f"{table(rates, items)}\n{path}\n")


def _usual(tier: "TierName", source: "Source") -> tuple[str, ...]:
    from harness.tasks.crossed import cells
    from harness.tasks.suite import several_digits, tasks_of

    crossed = [task for tasks in cells(tier, source).values() for task in tasks]
    return tuple(dict.fromkeys((*tasks_of(tier), *crossed, *several_digits(source))))


def table(rates: "Rates", items: Mapping[str, int]) -> str:
    """Markdown: a row per task, a column per way of asking. Pure."""
    ways = list(next(iter(rates.values())))
    rows = [f"| `{task}` | {items[task]} | " + " | ".join(f"{found[way]:.1%}" for way in ways) + " |"
            for task, found in sorted(rates.items())]  # fmt: skip
    return "\n".join([f"| task | items | {' | '.join(ways)} |", "|---|---|" + "---|" * len(ways), *rows])


NOISE = Command("Measure what share of a model's scores is numerics, for baselines to forgive.", add_arguments, run)
