"""`python -m harness doctor`: what this machine can run, what is missing, and the command that gets it."""

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.arguments import require_file
from harness.commands.command import Command
from harness.exchange.place import Remote
from harness.files import write_whole
from harness.options import declare
from harness.upkeep import bundled, folders, hardware, machine, places, software
from harness.upkeep.finding import Finding, can_run, content, page, tier_tiny
from harness.versions import installed, without_docstrings

CANNOT = 1
"""Exit code where the tiny tier does not run here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    declare(parser.add_argument, "--model", default=None, help="whether this one can be asked here: its files, its "
        "family, its size")  # fmt: skip
    declare(parser.add_argument, "--data", help="which tasks have their file in this folder")
    declare(parser.add_argument, "--store", help="whether answers can be kept in this folder (default: .store/)")
    declare(parser.add_argument, "--json", help="write the findings to this file")


def run(arguments: argparse.Namespace) -> int:
    """Look, and print a line for each finding; in seconds, and nothing is changed.

    Returns:
        0 where the tiny tier runs here, else 1, whatever was found of `--model` and `--data`.

    Raises:
        BadInput: the file for the findings cannot be written.
    """
    require_file("--json", arguments.json)
    found = list(findings(arguments.store, arguments.data, arguments.model))
    sys.stdout.write(page(found))
    if arguments.json is not None:
        write_whole(arguments.json, json.dumps(content(found), indent=1) + "\n")
    return 0 if can_run(found) else CANNOT


def findings(store: Path | Remote, data: Path | None, model: str | None) -> Iterator[Finding]:
    """Everything that is found of this machine, tiers last.

    Args:
        store: where answers would be kept.
        data: folder of benchmarks; None: not looked at.
        model: a reference; None: none is looked at.
    """
    asked = folders.model_place(model) if model is not None else None
    with ThreadPoolExecutor() as pool:  # both wait for something else than this process
        asking = pool.submit(machine.libraries, asked.model_type if asked else "")
        calling = pool.submit(machine.hub)
        yield from (found := _at_once(store, data))
        libraries, (offline, reached) = asking.result(), calling.result()
    driver, memory = machine.driver(), machine.memory()
    rest = [
        software.torch_finding(libraries, driver=driver),
        hardware.threads_finding(machine.processors(), libraries.threads),
        *hardware.gpu_findings(libraries, card=machine.card(), driver=driver),
        *software.bitsandbytes_findings(libraries, installed("bitsandbytes")),
        software.hub_finding(offline=offline, reached=reached),
        *(places.model_findings(asked, libraries, memory) if asked else ()),
    ]
    yield from rest
    yield tier_tiny([*found, *rest])
    yield hardware.tier_small(memory)
    yield hardware.tier_gpu(libraries)


def _at_once(store: Path | Remote, data: Path | None) -> list[Finding]:
    """What can be told without torch."""
    folder = store.mirror if isinstance(store, Remote) else store
    kept = (
        places.remote_finding(store.url, folders.remote_refused(store))
        if isinstance(store, Remote)
        else places.store_finding(folders.store_place(store))
    )
    python, ranges, extras = machine.requirements()
    return [
        software.python_finding(platform.python_version(), python, stripped=without_docstrings()),
        *software.package_findings(ranges, installed),
        *software.extra_findings(ranges, extras, installed),
        hardware.bfloat16_finding(machine.processors()),
        hardware.memory_finding(machine.memory()),
        *hardware.disk_findings(machine.free_space([folder])),
        kept,
        places.bundled_finding(bundled.changed()),
        software.sandbox_finding(*machine.isolation()),
        *(places.data_findings(str(data), *folders.data_files(data)) if data is not None else ()),
    ]


DOCTOR = Command(
    "Say what this machine can run, what is missing, and the command that gets it.", add_arguments, run,
    any_versions=True,
)  # fmt: skip
