"""What a person at a keyboard sees: commands on a terminal of their own, and Ctrl-C."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INTERRUPT = b"\x03"  # what Ctrl-C writes
# makes its standard input the terminal that /dev/tty means, then becomes the command; a shell's background job is told
# to ignore Ctrl-C, and so would all that it starts
TAKES_THE_TERMINAL = (
    f"import fcntl, os, signal, sys; fcntl.ioctl(0, {termios.TIOCSCTTY}, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass(frozen=True)
class Seen:
    """What a command left."""

    code: int
    text: str


def environment():
    """The shell's, less what the pytest around this test put there."""
    ours = "PYTEST_ADDOPTS"  # of `tests/conftest.py`
    kept = {name: value for name, value in os.environ.items() if name == ours or not name.startswith("PYTEST_")}
    return kept | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}


def on_a_terminal(*arguments, cwd=ROOT, interrupt_at=None):
    """Run Python on a pseudo-terminal until it ends; press Ctrl-C once when it shows `interrupt_at`."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (40, 80))
    process = subprocess.Popen(
        [sys.executable, "-c", TAKES_THE_TERMINAL, sys.executable, *arguments],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, cwd=cwd,
        env=environment(),
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
    seen = on_a_terminal(
        *pytest_of(tmp_path, "checks/", "-k", "arithmetic_drop", "--limit", "60", "--method", "reverse")
    )

    assert "arithmetic_drop: tiny without 9-11 answers: " in seen.text
    assert "Traceback" not in seen.text
    assert "ResourceWarning" not in seen.text
    assert re.search(r"^ claim +ours +verdict\r?$", seen.text, re.MULTILINE)
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


TEXT = "".join((ROOT / page).read_text() for page in ("README.md", "docs/usage.md", "docs/methods.md"))
LINES = [line for block in TEXT.split("```")[1::2] for line in block.splitlines()]
COMMANDS = list(
    dict.fromkeys(line.split("  #")[0].strip() for line in LINES if line.startswith(("pytest ", "python -m harness ")))
)
ITEMS = "60"  # of fewer the claim about arithmetic is not testable
METHOD = """
def rank_layers(loaded, n, calibration, seed):
    return list(range(1, 1 + n))
"""


def cut(command, folder):
    """A README command as it can be run here: placeholders filled in, one check of the many, few items."""
    filled = command.replace("DIR", str(folder / "model")).replace("DATA", str(folder / "data"))
    words = re.sub(r"--limit \d+|--scores \d+", lambda found: f"{found[0].split()[0]} {ITEMS}", filled).split()
    if words[0] == "pytest":
        one = () if "-k" in words else ("-k", "answers" if "own_method" in words else "arithmetic_drop")
        small = () if "--limit" in words else ("--limit", ITEMS)
        return [*pytest_of(folder, *words[1:], *one, *small)]
    return words[1:]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The model, data, method and pruned checkpoint that README's placeholders stand for."""
    from harness.__main__ import main
    from harness.models.reference import bundled
    from harness.selfcheck.stand_in_items import write_dry_data

    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(bundled("tiny"), folder / "model")
    write_dry_data(folder / "data")
    own = bundled("data") / "arithmetic" / "test.jsonl"  # of the invented items there are few, and this model's many
    shutil.copy(own, folder / "data" / "arithmetic" / "single_digit_three_ops.jsonl")
    (folder / "mymod.py").write_text(METHOD)
    assert main(["export", "--model", "tiny", "--drop", "2,6-7", "--out", str(folder / "pruned")]) == 0
    (folder / "checks").symlink_to(ROOT / "checks")
    return folder


def test_readme_has_its_commands():
    """What the next test runs is not an empty list."""
    assert len(COMMANDS) >= 7
    assert any(command.startswith("python -m harness export") for command in COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["terminal", "pipe"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_readmes_commands_run(prepared, tmp_path, command, where):
    """Each, cut to one check of few items, on a terminal and in a pipe: exit code 0, no traceback.

    The gpu tier on a machine without a GPU says so, with exit code 5.
    """
    import torch

    for name in ("model", "data", "mymod.py", "checks", *(["pruned"] if "--healed" in command else [])):
        (tmp_path / name).symlink_to(prepared / name)
    arguments = cut(command, tmp_path)
    if where == "terminal":
        seen = on_a_terminal(*arguments, cwd=tmp_path)
    else:
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        seen = Seen(ran.returncode, ran.stdout + ran.stderr)
    expected = 5 if "-m gpu" in command and not torch.cuda.is_available() else 0

    assert seen.code == expected, seen.text[-4000:]
    assert "Traceback" not in seen.text
    assert "Warning" not in seen.text or "warnings summary" in seen.text
