"""`python -m harness scoreboard`: measures methods for the scoreboard, and writes its page from what is stored."""

import argparse
import sys
from pathlib import Path

from harness.commands.command import Command
from harness.errors import BadInput
from harness.prune.rank import METHODS, resolve_method
from harness.prune.ratio import require_ratio


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command may be given."""
    add = parser.add_argument
    add("--method", action="append", metavar="NAME", help="measure this method; repeatable (default: none, only the "
        "page is written)")  # fmt: skip
    add("--ratio", action="append", type=float, metavar="R", help="at this share of layers; repeatable (default: 0.10, "
        "0.25, 0.40)")  # fmt: skip
    add("--no-recovery", action="store_true", help="leave out the recovery, which takes most of the time")
    add("--model", default="tiny", metavar="REF", help="`tiny` (default), hub id, folder, or .gguf file")
    add("--data", type=Path, metavar="DIR", help="folder with the real benchmarks; default: the hub")
    add("--limit", type=int, metavar="N", help="items per task (default: all)")
    add("--store", type=Path, default=Path(".store"), metavar="DIR", help="kept answers (default: .store/)")
    add("--root", type=Path, default=Path(), metavar="DIR", help="the checkout to write into (default: here)")


def run(arguments: argparse.Namespace) -> None:
    """Measure and write.

    Raises:
        BadInput: an argument cannot be used.
    """
    from harness.conform.measured import RATIOS, SEEDS, measure, save, stored_path

    for ratio in arguments.ratio or ():
        require_ratio(ratio)
    for method in arguments.method or ():
        resolve_method(method)
    if not (arguments.root / "baselines").is_dir():
        raise BadInput(f"--root {arguments.root}: expected a checkout of this repository, with baselines/")
    tier = "tiny" if arguments.model == "tiny" else "small"
    folder = arguments.root / "baselines" / tier / "scoreboard"
    if arguments.method:
        from harness.models.load import load_model
        from harness.subject import Subject

        loaded = load_model(arguments.model)
        data = None if tier == "tiny" else arguments.data
        subject = Subject(loaded, tier, data, arguments.limit, arguments.store)  # type: ignore[arg-type]
        for method in arguments.method:
            for ratio in arguments.ratio or RATIOS:
                try:
                    found, _ = measure(subject, method, ratio, SEEDS.get(method, 1), recover=not arguments.no_recovery)
                except BadInput as error:  # a method may refuse this model or ratio: the others go on
                    stored_path(folder, method, ratio).unlink(missing_ok=True)
                    sys.stdout.write(f"{method} {ratio:.2f}: refused ({error})\n")
                    continue
                sys.stdout.write(f"{save(folder, found)}\n")
                sys.stdout.flush()
    if tier == "tiny":
        sys.stdout.write(f"{_write_page(arguments.root, arguments.store)}\n")


def _write_page(root: Path, store: Path) -> Path:
    from harness.conform.page import page
    from harness.models.load import load_model
    from harness.subject import Subject

    subject = Subject(load_model("tiny"), "tiny", None, None, store)
    path = root / "docs" / "scoreboard.md"
    path.write_text(page(subject, root / "baselines" / "tiny" / "scoreboard", sorted(METHODS)), encoding="utf-8")
    return path


SCOREBOARD = Command("Measure pruning methods, and write docs/scoreboard.md from what is stored.", add_arguments, run)
