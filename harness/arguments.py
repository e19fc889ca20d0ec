"""What is refused alike on pytest's command line and on `python -m harness`'s, before any work."""

from pathlib import Path

from harness.errors import BadInput


def require_data(folder: Path | None) -> None:
    """The folder of plain benchmark files, where one was named.

    Raises:
        BadInput: there is none.
    """
    if folder is not None and not folder.is_dir():
        raise BadInput(f"--data {folder}: there is no such folder; expected one laid out as README.md says")


def require_some(option: str, value: int | None, of: str) -> None:
    """A number of something, where one was given.

    Raises:
        BadInput: it is below 1.
    """
    if value is not None and value < 1:
        raise BadInput(f"{option} {value}: expected a number of {of} of at least 1")
