"""What `harness doctor` prints, writes and exits with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.upkeep import bundled, machine
from harness.upkeep.hardware import Memory
from harness.upkeep.software import Libraries

ROOT = Path(__file__).parents[2]


@pytest.fixture
def healthy(monkeypatch, tmp_path):
    """A machine that is right; tests take one thing away."""
    for name, value in (
        ("libraries", Libraries(torch="2.13.0+cpu", causal=True)), ("hub", ("", True)), ("isolation", ("full", "")),
        ("memory", Memory(16 * 10**9, 12 * 10**9)), ("driver", False), ("card", False),
        ("free_space", {".store": 10**11}),
    ):  # fmt: skip
        monkeypatch.setattr(machine, name, lambda *_, value=value: value)
    monkeypatch.setattr(bundled, "changed", list)
    monkeypatch.chdir(tmp_path)


def test_a_healthy_machine_is_0(healthy, capsys):
    """A line each, tiers last; nothing is left behind."""
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    about = [line[9:].split("  ")[0] for line in lines if not line.startswith("  ")]

    assert [name for name in about if not name.startswith("extra ")] == [
        "python", "packages", "bfloat16", "memory", "disk", "store", "bundled", "sandbox", "torch",
        "threads", "gpu", "bitsandbytes", "hub", "tier tiny", "tier small", "tier gpu",
    ]  # fmt: skip
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [
        ("libraries", Libraries(failed="no torch"), "torch"),
        ("isolation", (None, "programs cannot be run here"), "sandbox"),
        ("memory", Memory(10**9, 10**8), "memory"),
        ("free_space", {".store": 10}, "disk"),
    ],
)
def test_a_machine_without_what_the_tiny_tier_needs_is_1(healthy, capsys, monkeypatch, name, value, about):
    """And the last lines say what it waits for."""
    monkeypatch.setattr(machine, name, lambda *_: value)

    assert main(["doctor"]) == 1
    assert f"does not run before this is mended: {about}\n" in capsys.readouterr().out


def test_what_was_named_is_looked_at_and_decides_nothing(healthy, capsys):
    """A model and a folder that are not there are lines, and the tiny tier runs all the same."""
    Path("new.json").touch()
    assert main(["doctor", "--model", "nowhere/", "--data", "nowhere", "--json", "new.json"]) == 0
    assert "--model nowhere/: no such folder" in capsys.readouterr().out
    told = json.loads(Path("new.json").read_text())

    assert told["tiny"]
    assert {finding["about"] for finding in told["findings"] if finding["state"] == "missing"} >= {"model", "data"}


def test_versions_that_were_not_tried_are_a_line(healthy, capsys, monkeypatch):
    """Other commands refuse to run with them."""
    monkeypatch.setattr("harness.commands.doctor.installed", lambda name: "0.1")

    assert main(["doctor"]) == 1
    assert "missing  packages" in capsys.readouterr().out


def test_a_python_without_any_package_is_told_what_to_do():
    """No traceback of ours, whatever is not installed."""
    done = subprocess.run(
        [sys.executable, "-S", "-m", "harness", "doctor", "--model", "tiny"], cwd=ROOT, check=False,
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "", "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip

    assert done.returncode == 1
    assert "-> make setup" in done.stdout
    assert "Traceback" not in done.stderr
