"""What a person at a keyboard sees: commands on a terminal of their own, and Ctrl-C."""

import json
import os
import pty
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INTERRUPT = b"\x03"  # what Ctrl-C writes
# makes its standard input the terminal that /dev/tty means, then becomes the command
TAKES_THE_TERMINAL = (
    f"import fcntl, os, sys; fcntl.ioctl(0, {termios.TIOCSCTTY}, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Seen:
    """What a command left."""

    code: int
    text: str


def on_a_terminal(*arguments, cwd=ROOT, interrupt_at=None):
    """Run Python on a pseudo-terminal until it ends; press Ctrl-C once when it shows `interrupt_at`."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 80))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    process = subprocess.Popen(
        [sys.executable, "-c", TAKES_THE_TERMINAL, sys.executable, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=cwd,
        env=environment | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(theirs)
    text, pressed = b"", interrupt_at is None
    while part := _read(ours):
        text += part
        if not pressed and interrupt_at in text.decode(errors="replace"):
            os.write(ours, INTERRUPT)
            pressed = True
    os.close(ours)
    return Seen(process.wait(), text.decode(errors="replace"))


def _read(terminal):
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux's way to say that the other side is closed
        return b""


def pytest_of(folder, *arguments):
    """Arguments that run pytest with everything that it writes in `folder`."""
    options = ("--store", str(folder / "store"), "--report", str(folder / "report"), "-p", "no:cacheprovider")
    return ("-m", "pytest", *arguments, *options)


def test_a_green_run_on_a_terminal_exits_with_0(tmp_path):
    """The bars' terminal is no leak that ends the session; bars keep to the terminal's width."""
    seen = on_a_terminal(*pytest_of(tmp_path, "checks/", "-k", "arithmetic", "--limit", "8", "--method", "reverse"))

    assert "Traceback" not in seen.text
    assert "ResourceWarning" not in seen.text
    assert (seen.code, "1 inconclusive" in seen.text or "1 passed" in seen.text) == (0, True)
    assert [row["claim"] for row in json.loads((tmp_path / "report/verdicts.json").read_text())["claims"]] == [
        "arithmetic-drop"
    ]


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_ctrl_c_stops_with_a_sentence(tmp_path, workers):
    """Exit code 2, no traceback of the machinery, and a word that what was answered is kept."""
    command = pytest_of(tmp_path, "checks/", "-k", "arithmetic", "--limit", "40", *workers)
    seen = on_a_terminal(*command, interrupt_at="%|")

    assert seen.code == pytest.ExitCode.INTERRUPTED, seen.text[-3000:]
    assert "KeyboardInterrupt" in seen.text
    assert "INTERNALERROR" not in seen.text
    assert "Traceback" not in seen.text
    kept = f"layer pruning checks: stopped; answers and trainings so far are kept in {tmp_path / 'store'}"
    assert kept in seen.text.replace("\r\n", "").replace("\n", "")
