"""What is asked of the machine, against files and programs that say what is known."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from harness.upkeep import libraries as program
from harness.upkeep import machine, software
from harness.upkeep.hardware import Memory


@pytest.mark.parametrize(
    ("text", "quota"), [("max 100000", None), ("150000 100000", 1.5), ("", None), ("200000 100000\n", 2.0)]
)
def test_a_container_may_have_part_of_a_machine(text, quota):
    """As its `cpu.max` says it."""
    assert machine.quota_of(text) == quota


def test_memory_is_what_linux_calls_available():
    """Not what is free of it only, for caches are given back."""
    text = "MemTotal:       1000 kB\nMemFree:        10 kB\nMemAvailable:    600 kB\n"

    assert machine.memory_of(text) == Memory(1000 * 1024, 600 * 1024)
    assert machine.memory_of("something else") is None


def test_a_container_has_less_memory_than_its_machine(tmp_path, monkeypatch):
    """Its limit, and what it has used of that."""
    (tmp_path / "limit").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    monkeypatch.setattr("harness.recover.memory.LIMITS", (tmp_path / "limit",))
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)

    assert machine.memory() == Memory(1_000_000, 600_000)


def answering(text, code=0):
    """A command that says something in place of `libraries.py`."""
    return [sys.executable, "-S", "-c", f"import sys; print({text!r}); sys.exit({code})"]


def test_libraries_say_what_they_are():
    """The last line counts: libraries print what they like."""
    told = {"torch": "2", "cuda": "12", "threads": 4, "gpus": [["H100", 80, 78]], "causal": True}
    found = machine.libraries(command=answering(f"a kernel is not there\n{json.dumps(told)}"))

    assert (found.torch, found.gpus, found.causal, found.failed) == ("2", (("H100", 80, 78),), True, "")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([sys.executable, "-S", "-c", "import nothing_of_that_name"], "No module named 'nothing_of_that_name'"),
        ([sys.executable, "-S", "-c", "import os; os.abort()"], "exit code -6"),
        (answering("no JSON"), "exit code 0"),
        (answering("5"), "exit code 0"),
    ],
)
def test_libraries_that_fail_are_told_not_to_work(command, said):
    """Missing, crashing at import (as on a processor that they were not built for), or silent."""
    assert said in machine.libraries(command=command).failed


def test_libraries_that_hang_are_not_waited_for():
    """They have so many seconds."""
    found = machine.libraries(command=[sys.executable, "-S", "-c", "input()", "x"], seconds=0)

    assert found.failed == "no answer within 0 s"


def test_the_program_tells_of_this_machine():
    """As this process sees it."""
    import torch

    told = program.told("llama")

    assert (told["torch"], told["cuda"], told["causal"]) == (torch.__version__, torch.version.cuda, True)
    assert program.told("bart-of-nobody")["causal"] is False


def test_isolation_is_said_once():
    """By its finding; no warning at the end of the command repeats it."""
    from harness.execute.sandbox import FOUND, require_sandbox

    require_sandbox.cache_clear()
    known = {*FOUND}
    found, refused = machine.isolation()

    assert (found is None) == bool(refused)
    assert known == FOUND


@pytest.mark.parametrize("value", ["1", "true", "ON"])
def test_a_variable_keeps_the_hub_away(monkeypatch, value):
    """As the hub's own library reads it; nothing is sent then."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", value)

    assert machine.hub() == ("HF_HUB_OFFLINE", False)


@pytest.mark.parametrize("works", [True, False])
def test_a_hub_is_called_where_nothing_keeps_it_away(monkeypatch, works):
    """At the endpoint that the environment names."""
    called = []

    def connect(place, timeout):
        called.append((place, timeout < 10))
        if not works:
            raise OSError("no network")
        return memoryview(b"")

    for name in ("TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example:8443/hf")
    monkeypatch.setattr("socket.create_connection", connect)

    assert machine.hub() == ("", works)
    assert called == [(("mirror.example", 8443), True)]


def test_a_checkout_that_is_installed_nowhere_says_what_it_needs(monkeypatch):
    """As its pyproject.toml has it."""
    from importlib.metadata import PackageNotFoundError

    def absent(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(machine, "metadata", absent)
    python, ranges, extras = machine.requirements()
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert python == project["requires-python"].lstrip(">=")
    assert set(extras) == project["optional-dependencies"].keys()
    assert set(project["dependencies"]) <= set(ranges)
    assert software.extra_findings(ranges, ["gguf"], {"packaging": "25", "gguf": "0.17"}.get)[0].says.endswith(
        "sentencepiece is not installed"
    )
