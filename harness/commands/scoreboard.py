"""`python -m harness scoreboard`: measures methods for the scoreboard, and writes their page from what is stored."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files
from harness.arguments import (
    require_checkout,
    require_data,
    require_form,
    require_some,
    told_form,
    told_to_think,
)
from harness.commands.command import Command, kept_store, told_model, told_progress, told_source
from harness.errors import BadInput
from harness.methods.rank import registered, resolve_method
from harness.models.reference import tier_of
from harness.options import as_share, declare
from harness.prune.plan import LayerPlan
from harness.tasks.calibration import Calibration, parse_calibration
from harness.tasks.suite import tasks_of
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.conform.measured import Measured
    from harness.subject import Subject


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("--method", action="append", metavar="NAME", help="measure this method; repeatable (default: none, only the "
        "page is written)")  # fmt: skip
    add("--ratio", action="append", type=as_share, metavar="R", help="at this share of layers; repeatable (default: "
        "0.10, 0.25, 0.40)")  # fmt: skip
    add("--no-recovery", action="store_true", help="leave out the recovery, which takes most of the time")
    declare(add, "--model", "--data", "--limit", "--thinking", "--thinking-tokens", "--chat-template")
    declare(add, "--store", "--cards", "--root", "--quiet")
    declare(add, "--dtype", help="dtype of the weights; each but float32 has measurements and a page of its own "
            "(default: float32 on a CPU, the checkpoint's own on a GPU)")  # fmt: skip
    declare(add, "--calibration", help="what all methods are calibrated on: gsm8k, wikitext2, c4, or a .txt or "
        ".jsonl file, and behind a colon how many texts x tokens (c4:8x64); each but the tier's running text has "
        "measurements and a page of its own")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Measure and write.

    Raises:
        BadInput: an argument cannot be used.
    """
    told_model(arguments.model, arguments.ratio or ())
    for method in arguments.method or ():
        resolve_method(method)
    require_checkout(arguments.root, "baselines", "docs")
    shown = None if arguments.calibration is None else parse_calibration(arguments.calibration)
    require_data(arguments.data)
    require_some("--limit", arguments.limit, "items")
    require_some("--thinking-tokens", arguments.thinking_tokens, "tokens")
    require_form(arguments.chat_template)
    if arguments.method and not arguments.no_recovery:
        require_extra("recover", "recoveries (without them: --no-recovery)")
    with kept_store(arguments, writes=bool(arguments.method)):
        _measure(arguments, shown)


def _measure(arguments: argparse.Namespace, shown: Calibration | None) -> None:
    from harness.conform.measured import (
        RATIOS,
        SEEDS,
        equally_calibrated,
        folder_name,
        measure,
        save,
        stored,
        suffix,
    )
    from harness.conform.page import page

    subject = equally_calibrated(_subject(arguments, shown))
    folder = arguments.root / "baselines" / subject.tier / folder_name(subject)
    cells = list(product(arguments.method or (), arguments.ratio or RATIOS))
    for method, ratio in cells:
        _require_same_model(stored(folder, method, ratio), subject, folder)
    _ask_together(subject, cells)
    for method, ratio in cells:
        try:
            found, _ = measure(subject, method, ratio, SEEDS.get(method, 1), recover=not arguments.no_recovery)
        except BadInput as error:  # a method may refuse this model or ratio: the others go on
            sys.stdout.write(f"{method} {ratio:.2f}: refused ({error})\n")
            continue
        sys.stdout.write(f"{save(folder, found)}\n")
        sys.stdout.flush()
    tier = "" if subject.tier == "tiny" else f"-{subject.tier}"
    path = arguments.root / "docs" / f"scoreboard{tier}{suffix(subject)}.md"
    files.write_whole(path, page(subject, folder, list(registered())))
    sys.stdout.write(f"{path}\n")


def _ask_together(subject: "Subject", cells: Sequence[tuple[str, float]]) -> None:
    """Ask all variants at once; a method that refuses says so when its turn comes."""
    from harness.conform.measured import SEEDS, plans_of

    plans = list[LayerPlan]()
    for method, ratio in cells:
        with suppress(BadInput):
            plans += plans_of(subject, method, ratio, SEEDS.get(method, 1))
    if plans:
        subject.ask_together(plans, tasks_of(subject.tier))


def _require_same_model(known: "Measured | None", subject: "Subject", folder: Path) -> None:
    """Refuse to write over what was measured of another model.

    Raises:
        BadInput: it was.
    """
    if known is not None and known.model_fingerprint != subject.loaded.fingerprint:
        raise BadInput(
            f"{known.method} at {known.ratio} was measured on another model ({known.model_fingerprint}, now "
            f"{subject.loaded.fingerprint}); write into another checkout (--root), or remove baselines/{subject.tier}/"
            f"{folder.name} first"
        )


def _subject(arguments: argparse.Namespace, shown: Calibration | None) -> "Subject":
    from harness.models.load import load_model
    from harness.subject import Subject

    tier = tier_of(arguments.model, "small")
    loaded = told_form(load_model(arguments.model, dtype=arguments.dtype), arguments.chat_template)
    return Subject(
        loaded, tier, told_source(tier, arguments.data), arguments.limit, arguments.store, shown=shown,
        progress=told_progress(arguments),
        thinking=told_to_think(loaded, arguments.thinking, arguments.thinking_tokens),
    )  # fmt: skip


SCOREBOARD = Command("Measure pruning methods, and write their page in docs/ from what is stored.", add_arguments, run)
