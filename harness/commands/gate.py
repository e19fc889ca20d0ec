"""`python -m harness gate`: did the new model keep what the base could, by results that some other tool measured?"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.arguments import require_file, require_keeps
from harness.commands.command import Command, crashing_as_bad_input
from harness.errors import BadInput
from harness.files import write_whole
from harness.options import as_path, declare

if TYPE_CHECKING:
    from harness.gate.decision import Decision
    from harness.gate.logged import Log

EXITS = {"kept": 0, "broken": 1, "undecided": 2, "not comparable": 3}
BAD_INPUT = 4
EPILOG = "Exits with " + ", ".join(f"{code} {verdict}" for verdict, code in EXITS.items()) + f", {BAD_INPUT} bad input."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("base", metavar="BASE_RESULTS", help="of the base: a folder or file of lm-eval, lighteval or inspect_ai, a "
        "report's items, a baseline (FILE::VARIANT), a .csv or .jsonl with columns item, task, score, or RIGHT/ITEMS "
        "where nothing but totals is known")  # fmt: skip
    add("new", nargs="?", metavar="NEW_RESULTS", help="the same of the new model; may be left out where a table has a "
        "column base beside score")  # fmt: skip
    declare(add, "--keeps")
    add("--task", action="append", default=[], metavar="NAME", help="decide on this task only; repeatable")
    add("--metric", default="", metavar="NAME", help="decide by this metric or filter, as in "
        "exact_match,flexible-extract (default: the first that the base has of a task)")  # fmt: skip
    add("--chance", action="append", default=[], metavar="TASK=SHARE", help="what guessing scores on a task, where the "
        "results do not say; repeatable")  # fmt: skip
    add("--common", action="store_true", help="decide on the items that both have, where one has more")
    add("--every-task", action="store_true", help="kept only if every task is, each by itself")
    add("--markdown", type=as_path, metavar="FILE", help="append the answer to this file, as $GITHUB_STEP_SUMMARY "
        "wants it")  # fmt: skip
    declare(add, "--json", help="write the answer to this file")
    declare(add, "--html")
    add("--junit", type=as_path, metavar="FILE", help="write the answer to this file, a test case a task")
    parser.epilog = EPILOG


@crashing_as_bad_input()
def run(arguments: argparse.Namespace) -> int:
    """Read, pair, decide, say.

    Returns:
        The exit code of the verdict.

    Raises:
        BadInput: an argument cannot be used, or results cannot be read.
    """
    require_keeps(arguments.keeps)
    _require_files(arguments)
    chances = _chances(arguments.chance)
    from harness.gate import files, page

    decision, base, new = _of_counts(arguments, chances) or _of_items(arguments, chances)
    sys.stdout.write(page.terminal(decision, base, new))
    if arguments.markdown:
        with arguments.markdown.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(page.in_markdown(decision, base, new))
    if arguments.json:
        write_whole(arguments.json, files.in_json(decision, base, new))
    if arguments.junit:
        write_whole(arguments.junit, files.in_junit(decision))
    if arguments.html:
        from harness.commands.answers import of_gate
        from harness.report.answer import answer_page

        write_whole(arguments.html, answer_page(of_gate(decision, base, new)))
    return EXITS[decision.verdict]


def _of_items(arguments: argparse.Namespace, chances: Mapping[str, float]) -> "tuple[Decision, Log, Log]":
    """The decision on the scores of items."""
    from harness.gate.decision import decide
    from harness.gate.pairs import pair
    from harness.gate.read import read

    base, new = (read(source) for source in _sources(arguments.base, arguments.new))
    pairing = pair(base, new, arguments.task, arguments.metric, chances, common=arguments.common)
    return decide(pairing, arguments.keeps, every=arguments.every_task), base, new


def _of_counts(arguments: argparse.Namespace, chances: Mapping[str, float]) -> "tuple[Decision, Log, Log] | None":
    """The decision on two totals; None where neither is one."""
    from harness.gate.counts import NAME, counted, decide_counts
    from harness.gate.logged import Log

    texts = arguments.base, arguments.new or ""
    counts = [None if Path(text).exists() else counted(text) for text in texts]
    if counts[0] is None or counts[1] is None:
        return None
    _require_totals(arguments, [name for name in chances if name != NAME])
    base, new = (Log(text, "published totals", f"{right:,} of {items:,} right", {})
                 for text, (right, items) in zip(texts, (counts[0], counts[1]), strict=True))  # fmt: skip
    return decide_counts(counts[0], counts[1], arguments.keeps, chances.get(NAME)), base, new


def _sources(base: str, new: str | None) -> tuple[str, str]:
    """Where the results of both are.

    Raises:
        BadInput: there is one place only, and it holds one model.
    """
    if new is None:
        from harness.gate.readers.table import BASE, has_both

        if not has_both(Path(base)):
            raise BadInput(
                f"{base}: NEW_RESULTS is missing; only a table with columns base and score holds both models"
            )
        return f"{base}::{BASE}", base
    first, second = (source.partition("::") for source in (base, new))
    if Path(first[0]).resolve() == Path(second[0]).resolve() and first[2] == second[2]:
        raise BadInput(f"{base}: given as base and as new; expected the results of two models")
    return base, new


def _require_files(arguments: argparse.Namespace) -> None:
    """Refuse files for the answer that cannot be written, or that are one, or the results themselves."""
    sources = arguments.base, arguments.new or arguments.base
    named = {Path(source.partition("::")[0]).resolve(): which for source, which in
             zip(sources, ("BASE_RESULTS", "NEW_RESULTS"), strict=True)}  # fmt: skip
    for option in ("markdown", "json", "junit", "html"):
        path = getattr(arguments, option)
        require_file(f"--{option}", path)
        if path is not None and (other := named.setdefault(path.resolve(), f"--{option}")) != f"--{option}":
            raise BadInput(f"--{option} {path}: {other} names it too; expected a file of its own for each")


def _require_totals(arguments: argparse.Namespace, tasks: Sequence[str]) -> None:
    """Refuse what totals have none of: tasks, metrics, items."""
    given = {"--task": arguments.task, "--metric": arguments.metric, "--common": arguments.common,
             "--every-task": arguments.every_task, f"--chance {', '.join(tasks)}": tasks}  # fmt: skip
    senseless = [option for option, value in given.items() if value]
    if senseless:
        raise BadInput(
            f"{senseless[0]}: of {arguments.base} and {arguments.new} nothing is known but totals; leave it out (what "
            f"guessing scores is set with --chance counts=SHARE)"
        )


def _chances(texts: Sequence[str]) -> dict[str, float]:
    """Task -> what guessing scores on it."""
    chances = dict[str, float]()
    for task, share in map(_chance, texts):
        if chances.setdefault(task, share) != share:
            raise BadInput(f"--chance {task}: given as {chances[task]:g} and as {share:g}; expected one share a task")
    return chances


def _chance(text: str) -> tuple[str, float]:
    task, _, share = text.rpartition("=")
    try:
        value = float(share)
    except ValueError:
        value = -1.0
    if not task or not 0 <= value < 1:
        raise BadInput(
            f"--chance {text}: expected TASK=SHARE with a share of at least 0 and below 1, as in arc_easy=0.25"
        )
    return task, value


GATE = Command("Say whether a model keeps what its base could, by results that any tool measured.", add_arguments, run,
               BAD_INPUT)  # fmt: skip
