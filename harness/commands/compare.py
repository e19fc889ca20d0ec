"""`python -m harness compare`: did this checkpoint keep what its parent could?"""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness import files
from harness.arguments import (
    named,
    require_data,
    require_file,
    require_form,
    require_keeps,
    require_model,
    require_some,
    told_second,
)  # fmt: skip
from harness.commands.command import Command, crashing_as_bad_input, kept_store, told_subject
from harness.commands.gate import BAD_INPUT, EPILOG, EXITS
from harness.errors import BadInput
from harness.options import declare
from harness.sizes import on_disk, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.report.answer import Section
    from harness.score.cost import ModelCost
    from harness.subject import Subject
    from harness.subject.pair import Said

_WORST_FIRST = ("broken", "not comparable", "undecided", "kept")
_MILLION = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("parent", metavar="PARENT", help="`tiny`, hub id with optional @revision, folder, or .gguf file")
    add("pruned", nargs="+", metavar="PRUNED", help="what was made of it, by anyone, in any way: the same forms")
    declare(add, "--data", "--limit", "--dtype", "--store", "--thinking", "--thinking-tokens", "--chat-template")
    declare(add, "--cards", "--json", "--html", "--keeps", "--quiet")
    add("--no-speed", action="store_true", help="leave out tokens per second, for which both models take turns")
    parser.epilog = EPILOG


@crashing_as_bad_input()
def run(arguments: argparse.Namespace) -> int:
    """Find out what differs, ask both the same, decide, say.

    Returns:
        The exit code of the worst verdict.

    Raises:
        BadInput: an argument cannot be used, or a model cannot be loaded.
    """
    from harness.models.reference import resolve, told_apart

    require_keeps(arguments.keeps)
    require_data(arguments.data)
    require_some("--limit", arguments.limit, "items")
    require_some("--thinking-tokens", arguments.thinking_tokens, "tokens")
    require_form(arguments.chat_template)
    require_file("--json", arguments.json)
    require_file("--html", arguments.html)
    texts = [arguments.parent, *arguments.pruned]
    for text, option in zip(texts, ["PARENT", *["PRUNED"] * len(arguments.pruned)], strict=True):
        with named(option):
            require_model(text)
    references = told_apart([resolve(text) for text in texts])
    with kept_store(arguments):
        return _asked(arguments, [one.label for one in references[1:]])


def _asked(arguments: argparse.Namespace, labels: "Sequence[str]") -> int:
    """Every checkpoint in turn, under its label; the exit code of the worst verdict."""
    from harness.report.verdicts import plain
    from harness.versions import versions

    subject = told_subject(arguments.parent, arguments, "PARENT")
    found, sections = [], list["Section"]()
    for text, label in zip(arguments.pruned, labels, strict=True):
        one, section = _tried(subject, text, label, arguments)
        found.append(one)
        sections.append(section)
        if arguments.html:
            from harness.commands.answers import of_compare
            from harness.report.answer import answer_page

            how = {"Weights": f"{subject.loaded.fingerprint} in {subject.loaded.dtype}"}
            page = of_compare(subject.loaded.label, arguments.keeps, sections, how)
            files.write_whole(arguments.html, answer_page(page))
        if arguments.json:  # of what is done so far: a later checkpoint may end the command
            content = {
                "schema": 1,
                "parent": subject.loaded.label,
                "parent_fingerprint": subject.loaded.fingerprint,
                "parent_dtype": subject.loaded.dtype,
                "keeps": arguments.keeps,
                "limit": arguments.limit,
                "versions": versions(),
                "pruned": found,
            }
            files.write_whole(arguments.json, json.dumps(plain(content), indent=1, allow_nan=False) + "\n")
    return EXITS[min((one["verdict"] for one in found), key=_WORST_FIRST.index)]


def _tried(
    subject: "Subject", text: str, label: str, arguments: argparse.Namespace
) -> "tuple[dict[str, Any], Section]":
    """One checkpoint; what cannot be compared costs the others nothing."""
    try:
        with crashing_as_bad_input():
            return _compared(subject, text, label, arguments)
    except BadInput as refused:
        why = str(refused)
    sys.stdout.write(f"{label}: not comparable: {why}\n\n")
    sys.stdout.flush()
    from harness.report.answer import Section

    return {"model": label, "verdict": "not comparable", "why": why}, Section(label, "not comparable", [why])


def _compared(
    subject: "Subject", text: str, label: str, arguments: argparse.Namespace
) -> "tuple[dict[str, Any], Section]":
    """One checkpoint: what is printed, and the same for `--json` and `--html`."""
    from harness.commands.answers import of_checkpoint
    from harness.gate import page
    from harness.gate.logged import Log
    from harness.models.vocabulary import asked_with
    from harness.prune.kinship import kinship
    from harness.score.cost import side_by_side, sizes
    from harness.subject.pair import claims_of, kept

    with named("PRUNED"):
        other = told_second(text, subject.loaded, arguments.dtype, arguments.chat_template)
    kin = kinship(subject.loaded, other)
    words = [*kin.sentences(), f"asked with {asked_with(other, subject.loaded)}"]
    sys.stdout.write("".join(f"{label}: {sentence}\n" for sentence in words) + "\n")
    sys.stdout.flush()
    logs = [Log(one.reference.text, "measured here", name, {}) for one, name in
            ((subject.loaded, subject.loaded.label), (other, label))]  # fmt: skip
    decision = kept(subject, other, arguments.keeps)
    sys.stdout.write(page.terminal(decision, *logs))
    sys.stdout.flush()
    said = claims_of(subject, other)
    models = {"parent": subject.loaded.model, "pruned": other.model}
    costs = sizes(models) if arguments.no_speed else side_by_side(models)
    disk = on_disk(subject.loaded.reference.location), on_disk(other.reference.location)
    sys.stdout.write("".join([*map(_claim, said), "\n", *_costs(costs, disk), "\n"]))
    sys.stdout.flush()
    figures = {
        "model": label,
        "fingerprint": other.fingerprint,
        "dtype": other.dtype,
        "differs": words,
        "kept_layers": kin.kept,
        "verdict": decision.verdict,
        "decision": asdict(decision),
        "claims": [asdict(one) for one in said],
        "cost": {name: asdict(costs[name]) | {"on_disk": held} for name, held in zip(models, disk, strict=True)},
    }
    return figures, of_checkpoint(label, words, decision, said, costs, disk)


def _claim(said: "Said") -> str:
    from textwrap import fill

    effect = said.effect
    seen = f" {effect.in_words(said.minimum, sign='+')}" if effect else ""
    under = " " * 16
    head = fill(f"{said.verdict:>14}{seen}  {said.title} ({said.claim})", 80, subsequent_indent=under)
    return f"\n{head}\n{fill(said.reason, 80, initial_indent=under, subsequent_indent=under)}\n"


def _costs(costs: "Mapping[str, ModelCost]", disk: tuple[int, int]) -> "Sequence[str]":
    """Lines on what was gained; `disk` are the bytes of parent's and checkpoint's files, 0 where they are not here."""
    before, after = costs["parent"], costs["pruned"]
    lines = [
        _line("parameters", before.parameters / _MILLION, after.parameters / _MILLION, "M"),
        *(
            f"{name:<11} {size(one)} -> {size(other)} ({other / one:.2f})\n"
            for name, one, other in (("in memory", before.bytes, after.bytes), ("on disk", *disk))
            if one and other
        ),
    ]
    for name, one, other in (("reading", before.prefill, after.prefill), ("writing", before.decode, after.decode)):
        if one and other:
            lines.append(_line(name, one, other, "tokens/s, taking turns"))
    return lines


def _line(name: str, before: float, after: float, unit: str) -> str:
    return f"{name:<11} {before:,.4g} -> {after:,.4g} {unit} ({after / before:.2f})\n"


COMPARE = Command("Say whether a checkpoint keeps what its parent could, and what was gained.", add_arguments, run,
                  BAD_INPUT)  # fmt: skip
