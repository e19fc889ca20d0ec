"""`python -m harness bench`: how fast is it, beside what people use instead, and do both give the same answers?"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from harness.arguments import require_data, require_file, require_some, told_form
from harness.commands.command import Command, told_model, told_source
from harness.errors import BadInput
from harness.files import say
from harness.models.reference import tier_of
from harness.options import declare
from harness.tasks.suite import TASKS, require_items, require_tasks
from harness.tiers import TIERS

if TYPE_CHECKING:
    from harness.bench.report import Report
    from harness.bench.setting import Setting

ITEMS = 40
FAILED = 1
"""Exit code where the answers of some row differ, or one broke off, as pytest ends where a test failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    declare(add, "--model", "--data", "--dtype", "--json")
    add("--row", action="append", metavar="NAME", help="run this row only; repeatable (default: all)")
    add("--items", type=int, default=ITEMS, metavar="N", help=f"items per task (default: {ITEMS})")
    add("--task", action="append", metavar="NAME", help="score by likelihood on this task only; repeatable (default: "
        "the tier's classification)")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Run the rows one after the other, and print each as soon as it is there.

    Returns:
        0, or 1 where answers differ or a row broke off.

    Raises:
        BadInput: an argument cannot be used.
    """
    from harness.bench.report import head, lines
    from harness.bench.rows import left_to_the_asked, rows

    known, apart = rows(), left_to_the_asked()
    names = arguments.row or list(known)
    for name in names:
        if name not in known:
            raise BadInput(f"--row {name}: expected one of {', '.join(known)}")
    require_some("--items", arguments.items, "items")
    tasks = arguments.task or TIERS[tier_of(arguments.model, "small")].classification
    require_tasks(tasks)
    written = [task for task in tasks if task in TASKS and TASKS[task].kind != "choice"]
    if written:
        raise BadInput(f"--task {written[0]}: its answers are written, expected a task of options")
    require_data(arguments.data)
    require_file("--json", arguments.json)
    told_model(arguments.model)
    require_items(tasks, told_source(tier_of(arguments.model, "small"), arguments.data))
    setting, report = _opened(arguments, tasks)
    _say(report.opening, head())
    broken = False
    for name in names:
        if not arguments.row and name in apart:
            report.leave_out(name, apart[name])
            _say(f"{name}: left out, {apart[name]}")
            continue
        try:
            found = known[name](setting)
        except BadInput as error:  # the others can be had all the same
            report.leave_out(name, str(error))
            _say(f"{name}: left out, {error}")
        except Exception as error:  # noqa: BLE001  # a peer may end in any way, and the others go on all the same
            why, broken = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}", True
            report.leave_out(name, why)
            _say(f"{name}: broke off, {why}")
        else:
            report.add(found)
            _say(*lines(found, report.machine))
    return FAILED if broken or not all(found.equal for found in report.rows) else 0


def _opened(arguments: argparse.Namespace, tasks: Any) -> "tuple[Setting, Report]":  # noqa: ANN401  # names
    """The model, the machine, and a file that can be written."""
    import torch

    from harness.bench.report import Report
    from harness.bench.setting import Setting
    from harness.models.load import device, load_model
    from harness.report.environment import environment, own_command
    from harness.selfcheck.machine import measure_machine
    from harness.subject import Subject

    tier = tier_of(arguments.model, "gpu" if device() == "cuda" else "small")
    loaded = told_form(load_model(arguments.model, dtype=arguments.dtype), None)
    subject = Subject(loaded, tier, told_source(tier, arguments.data), arguments.items, None)
    machine = measure_machine(loaded.model.dtype)
    about = {
        "model": loaded.label,
        "dtype": loaded.dtype,
        "items": arguments.items,
        "threads": torch.get_num_threads(),
        "machine": machine,
        "environment": environment() | {"command": own_command()},
    }
    report = Report(arguments.json, machine, about)
    report.write()
    return Setting(subject, arguments.items, machine, tasks, tell=say), report


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


BENCH = Command("Time it beside what people use instead, and compare the answers of both.", add_arguments, run)
