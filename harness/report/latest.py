"""`latest/` of a report folder: one run alone, where the folder itself keeps what every run before it decided too.

It is a report folder like any other (`harness.read`, `harness report`), until the next run takes its place. Its files
are the folder's own under a second name, so they cost no room, and stay as they are where a later run writes new ones.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import files
from harness.errors import BadInput
from harness.report.names import LATEST, record_name

if TYPE_CHECKING:
    from harness.report.record import ClaimRecord

MARK = ".written-by-layer-pruning-checks"
"""What tells such a folder from one of somebody else's."""


def require_own(folder: Path) -> None:
    """Refuse a report folder in which somebody else's file, link or folder is called `latest`, which would go.

    Raises:
        BadInput: it is so.
    """
    place = folder / LATEST
    empty = place.is_dir() and not any(place.iterdir())
    if place.is_symlink() or (place.exists() and not empty and not (place / MARK).is_file()):
        raise BadInput(
            f"--report {folder}: what is called {LATEST} in it was not written by a run of checks, and is left alone; "
            f"take it away, or name another folder"
        )


def write_latest(
    folder: Path, records: "Sequence[ClaimRecord]", environment: Mapping[str, Any], pictures: Iterable[Path] = ()
) -> Path:
    """Put one run's rows, with their items, pages and pictures, in the place of the run before.

    Args:
        folder: the report folder, into which all of it was written before.
        records: the run's own rows.
        environment: versions, device and the like.
        pictures: that the run drew into `folder`.

    Returns:
        The page of the run.

    Raises:
        BadInput: it cannot be written, or somebody else's folder has the name.
    """
    from harness.report.verdicts import LOCK, write_verdicts
    from harness.report.web import write_site

    require_own(folder)
    place = folder / LATEST
    try:
        with files.alone(folder / LOCK, f"writing {LATEST}/"), files.scratch(folder, f".{LATEST}-") as aside:
            new = aside / LATEST
            new.mkdir()
            (new / MARK).touch()
            _fill(new, folder, [record_name(record) for record in records], pictures)
            write_verdicts(new, records, environment)
            write_site(new)
            (new / LOCK).unlink(missing_ok=True)
            shutil.rmtree(place, ignore_errors=True)
            new.replace(place)
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return place / "index.html"


def _fill(new: Path, folder: Path, names: Sequence[str], pictures: Iterable[Path]) -> None:
    for name in names:
        (new / "items" / name).mkdir(parents=True, exist_ok=True)
        for path in sorted((folder / "items" / name).glob("*.jsonl")):
            _share(path, new / "items" / name / path.name)
        page = folder / "claims" / f"{name}.md"
        if page.is_file():
            _share(page, new / "claims" / page.name)
    for path in pictures:
        _share(path, new / path.name)


def _share(path: Path, copy: Path) -> None:
    """One file under two names, or two files where the disk knows no such thing."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError, NotImplementedError):
        os.link(path, copy)
        return
    shutil.copy2(path, copy)
