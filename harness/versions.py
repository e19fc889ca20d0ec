"""Refuses installed packages that this release was not tried with, in one sentence and before any work.

The ranges are written once, in pyproject.toml; an installed distribution carries them in its metadata.
"""

import platform
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "layer-pruning-checks"
PACKAGES = ("layer-pruning-checks", "torch", "transformers", "lm_eval", "numpy", "scipy", "tokenizers")


@cache
def require_versions() -> None:
    """Compare what is installed with what this release was tried with; the outcome is kept.

    Raises:
        BadInput: a package is missing, or outside its range, or this Python takes docstrings away.
    """
    if without_docstrings():
        raise BadInput(
            "python -OO (PYTHONOPTIMIZE=2) takes docstrings away, and transformers makes no model without them; run "
            "with -O, or without"
        )
    try:
        ranges = requires(DISTRIBUTION) or ()
    except PackageNotFoundError:  # a checkout on Python's path, installed nowhere
        return
    sentence = complaint(ranges, installed)
    if sentence is not None:
        raise BadInput(sentence)


def without_docstrings() -> bool:
    """Whether this Python was started so that docstrings are taken away."""
    return sys.flags.optimize > 1


def missing_of(extra: str) -> tuple[str, ...]:
    """Packages of an extra that are not installed; none where nothing says what it needs (a checkout on the path)."""
    try:
        return lacking(extra, requires(DISTRIBUTION) or (), installed)
    except PackageNotFoundError:
        return ()


def lacking(extra: str, ranges: Iterable[str], having: Callable[[str], str | None]) -> tuple[str, ...]:
    """Names of an extra's packages, those of the extras that it names included, that are not installed. Pure."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in ranges]
    names, open_extras = dict[str, None](), [extra]
    for one in open_extras:
        for needed in (each for each in wanted if each.marker is not None and each.marker.evaluate({"extra": one})):
            if needed.name == DISTRIBUTION:
                open_extras += [each for each in sorted(needed.extras) if each not in open_extras]
            else:
                names[needed.name] = None
    return tuple(name for name in names if having(name) is None)


def how_to_get(extra: str) -> str:
    """The command that installs an extra."""
    return f'pip install "{DISTRIBUTION}[{extra}]"'


def require_extra(extra: str, what: str) -> None:
    """Refuse what needs packages that are not installed.

    Args:
        extra: of pyproject.toml.
        what: needs it, in the plural ("recoveries").

    Raises:
        BadInput: one is missing.
    """
    if missing := missing_of(extra):
        raise BadInput(f"{what} need {' and '.join(missing)}; run: {how_to_get(extra)}")


@cache
def versions() -> dict[str, str]:
    """Installed versions of what results depend on; read once a process, since every scorer asks."""
    return {"python": platform.python_version()} | {package: installed(package) or "absent" for package in PACKAGES}


def complaint(ranges: Iterable[str], having: Callable[[str], str | None]) -> str | None:
    """What is installed, what is needed, and the command that mends it; None where everything fits. Pure.

    Args:
        ranges: requirements as pip writes them; those of extras count where they are installed.
        having: the version of a distribution by name, None where there is none.
    """
    wrong = unfit(ranges, having)
    if not wrong:
        return None
    seen = ", ".join(f"{one.name} {found or 'is not installed'}" for one, found in wrong)
    return f"{DISTRIBUTION} was not tried with what is installed: {seen}; run: {mending(one for one, _ in wrong)}"


def unfit(ranges: Iterable[str], having: Callable[[str], str | None]) -> "list[tuple[Requirement, str | None]]":
    """What is needed and not installed so, each with what is installed instead; as `complaint`. Pure."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in ranges]
    needed = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    there = [one for one in wanted if one not in needed and one.name != DISTRIBUTION and having(one.name)]
    return list(
        {one.name: (one, found) for one in (*needed, *there) if not _fits(one, found := having(one.name))}.values()
    )


def mending(needed: "Iterable[Requirement]") -> str:
    """The command that installs what is needed. Pure."""
    return "pip install " + " ".join(f'"{_written(one)}"' for one in needed)


def _fits(needed: "Requirement", found: str | None) -> bool:
    return found is not None and needed.specifier.contains(found, prereleases=True)


def _written(one: "Requirement") -> str:
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return f"{one.name}{extras}{one.specifier}"


def installed(name: str) -> str | None:
    """The version of a distribution; None where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
