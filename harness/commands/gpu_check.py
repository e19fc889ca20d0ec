"""`python -m harness gpu-check`: is everything right on this GPU, and what will the gpu tier cost on it?"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.arguments import require_checkout, require_file, require_some
from harness.commands.command import Command
from harness.errors import BadInput
from harness.files import say
from harness.models.catalogue import MODELS, PaperModel
from harness.options import declare

if TYPE_CHECKING:
    from harness.selfcheck.machine import Machine
    from harness.selfcheck.measured import Bench
    from harness.selfcheck.report import Report
    from harness.selfcheck.speeds import SizedModel

_WEEK = 7 * 24 * 60
FAILED = 1  # as pytest ends where a test failed
PARTS = ("tiny", "dry-run", "shapes", "merged", "repeat")
_SUITES_SHARE = 0.45  # of the time that the two runs of the checks may take at most
_LEAST = {"shapes": 15.0, "merged": 30.0, "training": 45.0, "repeat": 10.0}  # seconds without which a part is not begun
_ORDER = (
    "llama-3.1-8b",
    "gemma-2-2b",
    "qwen2.5-7b",
    "mistral-7b",
)  # the largest cache and the largest vocabulary first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("--part", action="append", choices=PARTS, help="tiny: the paper's claims on the tiny model, against the CPU's "
        "baselines; dry-run: every check of the gpu tier on random stand-ins; shapes: time and memory of the paper's "
        "models with random weights; merged: decoding of all single-layer variants as one batch; repeat: how "
        "much of an answer is numerics; repeatable (default: all)")  # fmt: skip
    add("--model", action="append", metavar="NAME", help="of the paper's, for shapes, merged and repeat; repeatable "
        "(default: all four)")  # fmt: skip
    add("--minutes", type=float, default=15.0, metavar="N", help="end within N minutes, and say what was left out "
        "(default: 15)")  # fmt: skip
    add("--processes", type=int, metavar="N", help="for each run of the checks (default: a third of the cores)")
    add("--only", metavar="EXPRESSION", help="of the checks, those that this expression of pytest's -k names")
    declare(add, "--json", "--root")


def run(arguments: argparse.Namespace) -> None:
    """Check, measure, print; without a GPU on narrow stand-ins, which proves the code and measures nothing of use.

    Raises:
        BadInput: an argument cannot be used.
        SystemExit: with 1, where a check or a measurement failed on this device.
    """
    require_some("--processes", arguments.processes, "processes")
    if not 0 < arguments.minutes <= _WEEK:
        raise BadInput(f"--minutes {arguments.minutes}: expected more than 0, and a week ({_WEEK}) at most")
    require_file("--json", arguments.json)
    chosen = _models(arguments.model or _ORDER)
    parts = arguments.part or PARTS
    suites = [part for part in ("tiny", "dry-run") if part in parts]
    if suites:
        require_checkout(arguments.root, "checks")
        _require_expression(arguments.only)
    from harness.selfcheck.machine import measure_machine
    from harness.selfcheck.report import Report, table

    report = Report(arguments.json, arguments.minutes)
    report.write()
    machine = measure_machine()
    if machine.kind == "cpu":
        say("no GPU here: narrow stand-ins prove that the code runs; no figure below speaks of the real models")
    report.add(machine)
    if suites:
        from harness.selfcheck.suites import run_suites

        processes = arguments.processes or max(1, (os.cpu_count() or 1) // 3)
        time_for_both = report.left * (_SUITES_SHARE if len(parts) > len(suites) else 0.95)
        say(f"running the checks, at most {time_for_both:.0f} s: {', '.join(suites)}")
        for suite in run_suites(suites, time_for_both, processes, arguments.root, arguments.only):
            report.add(suite)
    if {"shapes", "merged", "repeat"} & {*parts}:
        _measure(report, machine, chosen, parts)
    report.write()
    sys.stdout.write(f"{table(report)}\n")
    if any(suite.failures for suite in report.suites) or any(one.failed for one in report.measurements):
        sys.exit(FAILED)


def _require_expression(only: str | None) -> None:
    """Refuse what pytest's `-k` would not read, in another process.

    Raises:
        BadInput: it is no expression.
    """
    from _pytest.mark.expression import Expression

    try:
        Expression.compile(only or "")
    except SyntaxError as error:
        raise BadInput(
            f"--only {only}: {error.msg}; expected an expression of pytest's -k, such as 'drop or gap'"
        ) from error


def _models(names: Sequence[str]) -> list[PaperModel]:
    known = {model.name: model for model in MODELS}
    for name in names:
        if name not in known:
            raise BadInput(f"--model {name}: expected one of {', '.join(known)}")
    return [known[name] for name in names]


def _measure(report: "Report", machine: "Machine", chosen: Sequence[PaperModel], parts: Sequence[str]) -> None:
    """Shapes one after the other, and what repeats; the training of all weights last, which takes the most memory."""
    from harness.selfcheck.measured import Bench
    from harness.selfcheck.repeatability import tiny_flips

    bench = Bench(machine, report.add)
    for paper in chosen:
        _measure_one(report, bench, paper, parts)
    if "repeat" in parts and _time_for(report, machine, "flip rates of the tiny model", _LEAST["repeat"]):
        report.flips = tiny_flips()
    by_size = sorted(chosen, key=lambda model: model.parameters)
    for paper in dict.fromkeys((by_size[0], by_size[-1])) if "shapes" in parts else ():
        _train_all(report, bench, paper)


def _measure_one(report: "Report", bench: "Bench", paper: PaperModel, parts: Sequence[str]) -> None:
    from harness.selfcheck.merging import merging
    from harness.selfcheck.repeatability import asked_twice
    from harness.selfcheck.speeds import asking, training

    sized = _sized(report, bench.machine, paper, "anything", _LEAST["shapes"])
    if sized is None:
        return
    if "shapes" in parts:
        asking(bench, sized)
    if "merged" in parts and _time_for(report, bench.machine, f"{paper.name}, merged decoding", _LEAST["merged"]):
        merging(bench, sized)
    if "repeat" in parts:
        for repeated in asked_twice(sized):
            report.add(repeated)
    if "shapes" in parts and _time_for(report, bench.machine, f"{paper.name}, recipe paper", _LEAST["training"]):
        training(bench, sized, "paper", (2, 4, 8))


def _train_all(report: "Report", bench: "Bench", paper: PaperModel) -> None:
    from harness.selfcheck.speeds import training

    sized = _sized(report, bench.machine, paper, "recipe full", _LEAST["training"])
    if sized is not None:
        training(bench, sized, "full", (8,))


def _time_for(report: "Report", machine: "Machine", what: str, seconds: float) -> bool:
    """Whether there is time; what there is none for is noted. On a CPU models are narrow, and little is enough."""
    if report.left >= seconds or (machine.kind == "cpu" and report.left > 0):
        return True
    report.left_out.append(f"{what}: the time was over")
    return False


def _sized(report: "Report", machine: "Machine", paper: PaperModel, what: str, seconds: float) -> "SizedModel | None":
    """A model of the paper's shape on the device, a narrow one on a CPU; None, and a note, where time is short."""
    from harness.selfcheck.shapes import model_shape, random_model
    from harness.selfcheck.speeds import SizedModel, Sizes
    from harness.sizes import GIGABYTE

    narrow = machine.kind == "cpu"
    if not _time_for(report, machine, f"{paper.name}, {what}", seconds):
        return None
    if not narrow and paper.disk_gb * GIGABYTE > machine.memory_bytes:
        report.left_out.append(f"{paper.name}: {paper.disk_gb:.0f} GB of weights do not fit into memory")
        return None
    say(f"{paper.name}: {what}, {report.left:.0f} s left")
    # GSM8K's problems and limit; the paper's longest training example
    sizes = Sizes(paper.scoring_budget, paper.generation_budget, 128, 512, steps=48, example=8192)
    if narrow:
        sizes = Sizes(scoring=1024, generation=512, prompt=16, answer=16, steps=8, example=32)
    model, tokenizer = random_model(paper, narrow=narrow)
    return SizedModel(paper.name, model, tokenizer, model_shape(model), sizes)


GPU_CHECK = Command("Check this GPU: the claims, the gpu tier's code, time, memory, repeatability.", add_arguments, run)
