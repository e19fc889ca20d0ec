"""What `python -m harness` says when it is stopped, or its output has nowhere to go."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import harness
from harness import __main__ as commands
from harness.commands.command import Command

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def command(monkeypatch):
    """Makes `python -m harness rank` do something else."""

    def become(run):
        monkeypatch.setitem(commands.COMMANDS, "rank", Command("stand-in", lambda parser: None, run))

    return become


def test_the_version_is_said(capsys):
    """For a report of a fault; no command is needed."""
    with pytest.raises(SystemExit) as ended:
        commands.main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"layer-pruning-checks {harness.__version__}\n"


def test_ctrl_c_is_no_traceback(command, capsys):
    """130, as shells say it, and what is kept."""

    def stop(_):
        raise KeyboardInterrupt

    command(stop)

    assert commands.main(["rank"]) == 130
    assert "stopped; what was answered is kept" in capsys.readouterr().err


def test_sigterm_is_ctrl_c(command, capsys):
    """What a scheduler ends keeps what it has; afterwards the signal is what it was."""
    command(lambda _: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(60))

    assert commands.main(["rank"]) == 130
    assert "stopped; what was answered is kept" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_file_that_fails_is_no_output_that_fails(command):
    """An error with a file's name is a fault of ours, not of the terminal."""
    command(lambda _: open("/nowhere/at/all"))  # noqa: PTH123, SIM115  # only its error is wanted

    with pytest.raises(FileNotFoundError):
        commands.main(["rank"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_sentence():
    """A full disk behind stdout."""
    program = (
        "import sys, harness.__main__ as m; from harness.commands.command import Command; "
        "m.COMMANDS['rank'] = Command('', lambda p: None, lambda a: sys.stdout.write('x' * 20_000)); "
        "sys.exit(m.main(['rank']))"
    )
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    assert result.returncode == 2
    assert result.stderr == "python -m harness rank: the output cannot be written (No space left on device)\n"


def test_what_bitsandbytes_says_at_every_product_is_said_once(command, caplog):
    """An int8 checkpoint made 6,237 lines of it; what it says of other inputs is said too."""
    import bitsandbytes
    import torch

    layer = bitsandbytes.nn.Linear8bitLt(32, 32, bias=False, has_fp16_weights=False, threshold=6.0)
    weight = torch.randn(32, 32, generator=torch.Generator().manual_seed(0)).half()
    layer.eval().weight = bitsandbytes.nn.Int8Params(weight, requires_grad=False, has_fp16_weights=False).to("cpu")

    def multiply(_):
        for dtype in (torch.float32, torch.float32, torch.bfloat16, torch.float32):
            layer(torch.ones(1, 32, dtype=dtype))

    def said():
        return [record.args[0] for record in caplog.records if record.msg.startswith("MatMul8bitLt")]

    command(multiply)
    commands.main(["rank"])

    assert said() == [torch.float32, torch.bfloat16]
    multiply(None)
    assert len(said()) == 6  # outside of a command it is as it was


def test_what_earlier_programs_could_do_is_not_said_of_this_command(capsys, monkeypatch):
    """Only what its own programs were found to be able to do."""
    from harness.__main__ import main

    monkeypatch.setattr("harness.__main__.FOUND", {"a program can take more memory than its limit"})

    assert main(["rank", "--model", "tiny", "--method", "reverse"]) == 0
    assert "contained" not in capsys.readouterr().err
