"""Findings about what is installed: Python, packages, torch's build, extras, the sandbox, the hub. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.execute.sandbox import FULL
from harness.upkeep.finding import Finding
from harness.versions import how_to_get, lacking, mending, unfit

FOR: Mapping[str, str] = {
    "gguf": "--model FILE.gguf",
    "mlflow": "harness report --to mlflow",
    "qlora": "recipes on 4-bit bases",
    "real": "classification benchmarks and the hub's data sets",
    "recover": "recoveries",
    "report": "pictures and data frames",
    "s3": "a store on S3 (--store s3://...)",
    "trackio": "harness report --to trackio",
    "wandb": "harness report --to wandb",
}
"""Extra -> what it is there for."""
CUDA_BUILD = "pip install --force-reinstall torch --index-url https://download.pytorch.org/whl/cu128"

_SET_UP = "make setup && source .venv/bin/activate in a checkout, or pip install PATH/TO/THE/CHECKOUT"
_FEW = 3  # packages that get a line each


@dataclass(frozen=True)
class Libraries:
    """What torch and the libraries beside it said of themselves, in a process of their own."""

    failed: str = ""
    """How that process ended, where it did not tell; all else is then as it stands here."""
    torch: str = ""
    """Its version."""
    cuda: str | None = None
    """Version of CUDA that torch was built for; None: it was built for a CPU."""
    threads: int = 1
    """That torch starts."""
    gpus: tuple[tuple[str, int, int], ...] = ()
    """Name, bytes of memory and of it free, of each GPU that torch can use."""
    refused: str = ""
    """Why torch, though built for CUDA, has no GPU."""
    bitsandbytes: str = ""
    """Why it cannot be imported; empty: it can."""
    causal: bool | None = None
    """Whether transformers has the model type that was asked about as a language model."""


def python_finding(version: str, needed: str, *, stripped: bool = False) -> Finding:
    """Whether this Python is new enough, and keeps docstrings.

    Args:
        version: as `platform.python_version` has it.
        needed: the least, as `3.11`.
        stripped: whether it takes docstrings away.
    """
    if stripped:
        says = f"{version}, started with -OO: transformers makes no model without docstrings"
        return Finding("python", "missing", says, "unset PYTHONOPTIMIZE, or run with -O", needed=True)
    fits = _numbers(version)[:2] >= _numbers(needed)[:2]
    mend = "" if fits else f"uv venv --python {needed} .venv, or another Python of at least {needed}"
    return Finding("python", "ok" if fits else "missing", f"{version}; {needed} or newer is needed", mend, needed=True)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def package_findings(ranges: Sequence[str], installed: Callable[[str], str | None]) -> list[Finding]:
    """What is installed against the releases that were tried: one line, or one for each that does not fit.

    Args:
        ranges: requirements as pip writes them.
        installed: the version of a distribution by name, None where there is none.
    """
    if installed("packaging") is None:  # by which ranges are read
        names = [re.split(r"[^\w.-]", text)[0] for text in ranges if "extra ==" not in text]
        return [_many([name for name in names if installed(name) is None])]
    wrong = unfit(ranges, installed)
    if not wrong:
        count = sum("extra ==" not in text for text in ranges)
        return [Finding("packages", "ok", f"all {count} are there, in versions that were tried", needed=True)]
    if len(wrong) > _FEW:
        return [_many([f"{one.name} {found}" if found else one.name for one, found in wrong])]
    return [
        Finding(
            one.name,
            "missing",
            f"{found or 'is not installed'}; {one.specifier} was tried",
            mending([one]),
            needed=True,
        )
        for one, found in wrong
    ]


def _many(names: Sequence[str]) -> Finding:
    says = f"{len(names)} are not installed, or not in versions that were tried: {', '.join(names)}"
    return Finding("packages", "missing", says, _SET_UP, needed=True)


def extra_findings(
    ranges: Sequence[str], extras: Iterable[str], installed: Callable[[str], str | None]
) -> list[Finding]:
    """A line for each extra of this package: what it is for, and whether it is there."""
    found = []
    for extra in extras if installed("packaging") is not None else ():
        if extra == "all":  # the others together
            continue
        missing = lacking(extra, ranges, installed)
        says = f"for {FOR.get(extra, 'what its name says')}" + "".join(f"; {name} is not installed" for name in missing)
        found.append(
            Finding(f"extra {extra}", "missing" if missing else "ok", says, how_to_get(extra) if missing else "")
        )
    return found


def torch_finding(libraries: Libraries, *, driver: bool) -> Finding:
    """Whether torch and transformers can be imported, and what they are built for.

    Args:
        libraries: what they said.
        driver: whether the machine has a driver of NVIDIA.
    """
    if libraries.failed:
        mend = "pip install --force-reinstall torch transformers"
        says = f"torch or transformers cannot be imported: {libraries.failed}"
        return Finding("torch", "missing", says, mend, needed=True)
    build = f"built for CUDA {libraries.cuda}" if libraries.cuda else "built for a CPU"
    mend = CUDA_BUILD if driver and not libraries.cuda else ""
    beside = ", on a machine with a driver of NVIDIA: its GPU is not used" if mend else ""
    # the tiny tier runs on the CPU all the same
    return Finding("torch", "missing" if mend else "ok", f"{libraries.torch}, {build}{beside}", mend)


def bitsandbytes_findings(libraries: Libraries, version: str | None) -> list[Finding]:
    """Whether 4-bit bases (the paper's QLoRA) can be made; nothing where nobody could be asked."""
    if libraries.failed or version is None:
        return []
    if libraries.bitsandbytes:
        says = f"{version} cannot be imported ({libraries.bitsandbytes}), so recipes with QLoRA do not run"
        return [Finding("bitsandbytes", "missing", says, "pip install --force-reinstall --no-deps bitsandbytes")]
    return [Finding("bitsandbytes", "ok", f"{version}, for recipes with QLoRA")]


def sandbox_finding(isolation: str | None, refused: str = "") -> Finding:
    """How far what models write is contained here.

    Args:
        isolation: what the sandbox found of itself; None where it does not run.
        refused: why not.
    """
    if isolation is None:
        return Finding("sandbox", "cannot", refused, "apt-get install bubblewrap", needed=True)
    if isolation == FULL:
        return Finding("sandbox", "ok", "programs that models write are fully contained", needed=True)
    says = f"runs, and programs that models write are not fully contained: {isolation} (docs/security.md)"
    return Finding("sandbox", "missing", says, "apt-get install bubblewrap")


def hub_finding(*, offline: str, reached: bool) -> Finding:
    """Whether models and benchmarks can come from the hub; the tiny tier needs none.

    Args:
        offline: the variable that says so; empty where none does.
        reached: whether the hub answered.
    """
    if offline:
        says = f"{offline} is set: models and benchmarks are read from folders and from the cache"
        return Finding("hub", "missing", says, f"unset {offline}, or name folders (--model DIR --data DIR)")
    if not reached:
        says = "does not answer: models and benchmarks are read from folders and from the cache"
        return Finding("hub", "missing", says, "connect, or set HF_HUB_OFFLINE=1 and name folders")
    return Finding("hub", "ok", "answers")
