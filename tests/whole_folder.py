"""A data folder with invented items in every file that a task may read."""

from harness.selfcheck.stand_in_items import write_dry_data
from harness.tasks.arithmetic import FILE, SEVERAL_DIGITS


def whole_folder(folder):
    """Write one, and give it back."""
    write_dry_data(folder)
    sums = (folder / FILE).read_bytes()
    for task in SEVERAL_DIGITS:
        (folder / task.reads.names[0]).write_bytes(sums)
    return folder
