"""Refuses installed packages that this release was not tried with, in one sentence and before any work.

The ranges are written once, in pyproject.toml; an installed distribution carries them in its metadata.
"""

import platform
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "layer-pruning-checks"
PACKAGES = ("layer-pruning-checks", "torch", "transformers", "lm_eval", "numpy", "scipy", "statsmodels", "tokenizers")


@cache
def require_versions() -> None:
    """Compare what is installed with what this release was tried with; the outcome is kept.

    Raises:
        BadInput: a package is missing, or outside its range.
    """
    try:
        ranges = requires(DISTRIBUTION) or ()
    except PackageNotFoundError:  # a checkout on Python's path, installed nowhere
        return
    sentence = complaint(ranges, _installed)
    if sentence is not None:
        raise BadInput(sentence)


@cache
def versions() -> dict[str, str]:
    """Installed versions of what results depend on; read once a process, since every scorer asks."""
    return {"python": platform.python_version()} | {package: _installed(package) or "absent" for package in PACKAGES}


def complaint(ranges: Iterable[str], installed: Callable[[str], str | None]) -> str | None:
    """What is installed, what is needed, and the command that mends it; None where everything fits. Pure.

    Args:
        ranges: requirements as pip writes them; those of extras are left out.
        installed: the version of a distribution by name, None where there is none.
    """
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in ranges]
    needed = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    unfit = [(one, found) for one in needed if not _fits(one, found := installed(one.name))]
    if not unfit:
        return None
    seen = ", ".join(f"{one.name} {found or 'is not installed'}" for one, found in unfit)
    command = " ".join(f'"{_written(one)}"' for one, _ in unfit)
    return f"{DISTRIBUTION} was not tried with what is installed: {seen}; run: pip install {command}"


def _fits(needed: "Requirement", found: str | None) -> bool:
    return found is not None and needed.specifier.contains(found, prereleases=True)


def _written(one: "Requirement") -> str:
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return f"{one.name}{extras}{one.specifier}"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
