"""`python -m harness depth`: how many layers may go from a model of one's own?"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from harness import files
from harness.arguments import (
    named,
    require_data,
    require_file,
    require_form,
    require_keeps,
    require_some,
)
from harness.commands.command import Command, kept_store, told_model, told_subject
from harness.decide.digits import in_words
from harness.errors import BadInput
from harness.methods.dropped import require_chooser
from harness.methods.rank import resolve_method
from harness.models.ahead import depth_ahead
from harness.models.reference import resolve
from harness.options import declare
from harness.sizes import size
from harness.tasks.calibration import parse_calibration
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.decide.cuts import Cut
    from harness.score.cost import ModelCost
    from harness.subject import Subject
    from harness.subject.cuts import Depth

SHARE = 2  # of the layers, one part of so many is the deepest cut unless told otherwise
COLUMN = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("model", metavar="MODEL", help="`tiny`, hub id with optional @revision, folder, or .gguf file")
    add("--method", default="block_influence", metavar="NAME", help="which layers go: a registered name or "
        "package.module:function (default: block_influence)")  # fmt: skip
    declare(add, "--keeps", default=0.9, help="least share of the base's score above guessing that is to be kept "
            "(default: 0.9)")  # fmt: skip
    add("--most", type=int, metavar="K", help="the deepest cut, in layers (default: half of them)")
    add("--recover", action="store_true", help="train every variant again by the tier's recovery (one seed) before it "
        "is asked, which takes most of the time")  # fmt: skip
    declare(add, "--calibration", "--data", "--limit", "--dtype", "--store", "--cards")
    declare(add, "--thinking", "--thinking-tokens", "--chat-template")
    declare(add, "--json", "--html", "--quiet")
    declare(add, "--picture", help="draw what is kept against layers removed (PNG)")


def run(arguments: argparse.Namespace) -> None:
    """Cut deeper and deeper, and say how far it went well.

    Raises:
        BadInput: an argument cannot be used, or the model leaves nothing to be followed.
    """
    _require(arguments)
    with kept_store(arguments):
        _cut(arguments)


def _cut(arguments: argparse.Namespace) -> None:
    from harness.subject.cuts import ask_base, depths

    shown = None if arguments.calibration is None else parse_calibration(arguments.calibration)
    subject = replace(told_subject(arguments.model, arguments, "MODEL"), shown=shown)
    _require_left(arguments.most, subject.loaded.depth)
    most = arguments.most or max(1, subject.loaded.depth // SHARE)
    asked = ask_base(subject)
    names, rows = list(asked.groups), list["Depth"]()
    texts = subject.choices.calibrated_on(arguments.method) if shown else None
    by = arguments.method + (f" on {texts}" if texts else "")
    said = [f"{subject.loaded.label}, layers chosen by {by}: what is kept of its scores, net of guessing"]
    said += [f"left out: {task}, {why}" for task, why in asked.left_out.items()]
    said.append("+ kept for certain, x surely broken, ? neither; in brackets its interval; layers count from 0")
    said.append(f"{'gone':>4} {'in memory':>17} " + "".join(f"{name:<{COLUMN}}" for name in names) + " without")
    _say(said)
    whole = _cost(subject)
    for row in depths(subject, asked, arguments.method, arguments.keeps, most, recover=arguments.recover):
        rows.append(row)
        _say([_line(row, names, whole, arguments.keeps)])
    answers = _answers(rows, names, arguments.keeps, most)
    _say(["", *answers])
    _keep(arguments, subject, rows, answers, whole)


def _say(lines: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))
    sys.stdout.flush()


def _require(arguments: argparse.Namespace) -> None:
    if arguments.recover:
        require_extra("recover", "recoveries")
    if arguments.picture:
        require_extra("report", "pictures")
    require_keeps(arguments.keeps)
    require_some("--most", arguments.most, "layers")
    require_some("--limit", arguments.limit, "items")
    require_some("--thinking-tokens", arguments.thinking_tokens, "tokens")
    require_form(arguments.chat_template)
    resolve_method(arguments.method)
    require_chooser(arguments.method)
    if arguments.calibration is not None:
        parse_calibration(arguments.calibration)
    require_data(arguments.data)
    require_file("--json", arguments.json)
    require_file("--html", arguments.html)
    require_file("--picture", arguments.picture)
    with named("MODEL"):
        told_model(arguments.model)
    _require_left(arguments.most, depth_ahead(resolve(arguments.model)))


def _require_left(most: int | None, depth: int | None) -> None:
    """Refuse a cut that leaves nothing, as soon as the depth is known."""
    if most is not None and depth is not None and most >= depth:
        raise BadInput(f"--most {most}: the model has {depth} layers, and at least 1 must stay")


def _cost(subject: "Subject") -> "ModelCost":
    from harness.score.cost import sizes

    return sizes({"base": subject.loaded.model})["base"]


def _line(row: "Depth", names: Sequence[str], whole: "ModelCost", keeps: float) -> str:
    memory = f"{size(row.cost.bytes)} ({row.cost.bytes / whole.bytes:.2f})"
    cells = "".join(f"{_cell(row.cuts.get(name), keeps):<{COLUMN - 1}} " for name in names)
    return f"{row.layers:>4} {memory:>17} {cells} {row.plan.describe()}"


def _cell(cut: "Cut | None", keeps: float) -> str:
    if cut is None:
        return "(broken before)"
    found, mark = cut.retention, {"kept": "+", "broken": "x", "undecided": "?"}[cut.outcome]
    return f"{mark} {in_words(found.estimate, found.low, found.high, keeps, fewest=2)}"


def _answers(rows: "Sequence[Depth]", names: Sequence[str], keeps: float, most: int) -> list[str]:
    """A sentence per group."""
    from harness.decide.cuts import reach
    from harness.subject.cuts import cuts_by_group

    found = {name: reach(cuts) for name, cuts in cuts_by_group(rows).items()}
    return [f"{name} keeps {keeps:g}: {_said(found[name].kept, found[name].broken, most)}" for name in names]


def _said(kept: int, broken: int | None, most: int) -> str:
    """How far one group can be cut, in a sentence."""
    may = f"{kept} layer{'s' * (kept > 1)} may go" if kept else ""
    last = most if broken is None else broken - 1
    between = f"{kept + 1} to {last} are" if last > kept + 1 else f"{last} is"
    unknown = f"{between} undecided, more items may tell (--limit)" if last > kept else ""
    breaks = "" if broken is None else f"{broken} break it" if broken > 1 else "not one may go, 1 already breaks it"
    deeper = "deeper cuts were not asked (--most)" if kept == most else ""
    return "; ".join(part for part in (may, breaks, unknown, deeper) if part)


def _keep(
    arguments: argparse.Namespace,
    subject: "Subject",
    rows: "Sequence[Depth]",
    answers: Sequence[str],
    whole: "ModelCost",
) -> None:
    from harness.report.verdicts import plain
    from harness.subject.cuts import cuts_by_group
    from harness.versions import versions

    by_group = cuts_by_group(rows)
    content: Mapping[str, Any] = {
        "schema": 1,
        "model": subject.loaded.label,
        "fingerprint": subject.loaded.fingerprint,
        "dtype": subject.loaded.dtype,
        "method": arguments.method,
        "calibration": subject.choices.calibrated_on(arguments.method),
        "keeps": arguments.keeps,
        "limit": arguments.limit,
        "recovered": arguments.recover,
        "versions": versions(),
        "answers": list(answers),
        "depths": [asdict(row) | {"plan": row.plan.describe()} for row in rows],
    }
    try:
        if arguments.json:
            files.write_whole(arguments.json, json.dumps(plain(content), indent=1, allow_nan=False) + "\n")
        if arguments.html:
            from harness.commands.answers import of_depth
            from harness.report.answer import answer_page

            how = {"Layers chosen by": arguments.method, "Recovered": "yes" if arguments.recover else "no",
                   "Weights": f"{subject.loaded.fingerprint} in {subject.loaded.dtype}"}  # fmt: skip
            page = of_depth(subject.loaded.label, arguments.keeps, rows, answers, whole, how)
            files.write_whole(arguments.html, answer_page(page))
        if arguments.picture:
            from harness.report.picture import cuts_picture

            title = f"{subject.loaded.label}, layers chosen by {arguments.method}"
            cuts_picture(arguments.picture, by_group, arguments.keeps, title)
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written ({error.strerror}); name another file") from error


DEPTH = Command("Say how many layers may go from a model: what each cut keeps, until it breaks.", add_arguments, run)
