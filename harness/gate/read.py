"""A path as a user writes it becomes a log: which tool wrote it is found out."""

from pathlib import Path

from harness.errors import BadInput
from harness.gate import readers
from harness.gate.logged import Log, reading
from harness.gate.reader import READERS

assert readers  # imported for what it registers
_EXPECTED = (
    "expected a folder or file of lm-eval (samples_*.jsonl, written with --log_samples), lighteval "
    "(details_*.parquet, written with --save-details), inspect_ai (.eval, .json), items or a baseline of this package, "
    "or a .csv or .jsonl with columns item, task, score"
)


def read(source: str) -> Log:
    """Read results.

    Args:
        source: a folder or file; where it holds several variants, `PATH::VARIANT`.

    Raises:
        BadInput: there is nothing there that can be read, or more than one thing.
    """
    written, _, variant = source.partition("::")
    path = Path(written)
    if not written or not path.exists():
        raise BadInput(f"{written!r}: there is no such file or folder; {_EXPECTED}")
    with reading(path, "results"):
        found = {tool: files for tool, one in READERS.items() if (files := one.finds(path))}
    if not found:
        what = "an empty folder" if path.is_dir() and not any(path.iterdir()) else "nothing that is known"
        raise BadInput(f"{path}: {what}; {_EXPECTED}")
    if len(found) > 1:
        raise BadInput(f"{path}: results of {' and '.join(found)}; name the files or the folder of one of them")
    ((tool, files),) = found.items()
    with reading(path, f"results of {tool}"):
        log = READERS[tool].read(source, files, variant)
    if not any(task.items for task in log.tasks.values()):
        raise BadInput(f"{path}: no item of any task; {_EXPECTED}")
    return log
