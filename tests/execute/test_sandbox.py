import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.execute import sandbox
from harness.execute.program import Limits, Program
from harness.execute.sandbox import run_programs

GOOD = Program("def f(x): return x * 2", "f", ((1,), (21,)))
HOSTILE = {
    "endless loop": ("def f(x):\n while True: pass", {"timeout"}),
    "memory bomb": ("def f(x): return len(bytearray(10**10))", {"memory"}),
    "fork bomb": ("import os\ndef f(x):\n while True: os.fork()", {"error"}),
    "exit": ("import os\ndef f(x): os._exit(0)", {"killed"}),
    "write a file": ("def f(x):\n with open('a', 'w') as file: file.write('a')\n return 1", {"error"}),
    "open a socket": ("import socket\ndef f(x): socket.create_connection(('127.0.0.1', 9), 1)", {"error"}),
    "kill the parent": (
        "import os\ndef f(x):\n os.kill(os.getppid(), 9)\n return 5",
        {"error", "killed", "ok"},
    ),  # ok: a process table's first cannot be killed from inside
    "endless output": ("def f(x):\n while True: print('a' * 10000)", {"timeout"}),
    "undefined name": ("def f(x): return y", {"undefined name"}),
    "raise": ("def f(x): raise SystemExit(0)", {"error"}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs_are_labelled_and_the_next_one_still_runs(name):
    """No program keeps the harness from running the next one; each is ended by what it takes, and not by the clock."""
    source, labels = HOSTILE[name]
    bad, good = run_programs([Program(source, "f", ((1,),)), GOOD], Limits(wall_seconds=120, cpu_seconds=1))

    assert bad.outcome in labels
    assert (good.outcome, good.values) == ("ok", (2, 42))


def test_environment_is_empty(monkeypatch):
    """Secrets of the harness's environment are not visible."""
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    (result,) = run_programs([Program("import os\ndef f(x): return sorted(os.environ)", "f", ((1,),))])

    assert "SECRET_TOKEN" not in result.values[0]


def test_environment_has_nothing():
    """Not even what the interpreter adds."""
    (result,) = run_programs([Program("import os\ndef f(x): return dict(os.environ)", "f", ((1,),))])

    assert result.values == ({},)


@pytest.mark.parametrize(
    "message", ['{"outcome": "ok"}', '{"outcome": "ok", "values": 5}', '{"outcome": [], "values": []}']
)
def test_a_program_that_writes_its_own_result_harms_only_itself(message):
    """The pipe's bytes are the program's to forge, so any shape of them is survived."""
    source = f"""import os
def f(x):
    for descriptor in range(3, 32):
        try: os.write(descriptor, {message.encode()!r})
        except OSError: pass
    os._exit(0)"""
    bad, good = run_programs([Program(source, "f", ((1,),)), GOOD])

    assert (bad.outcome, good.outcome) == ("killed", "ok")


def test_the_program_after_a_dead_runner_still_runs(monkeypatch, tmp_path):
    """A runner that is brought down costs the one program that did it."""
    runner = tmp_path / "runner.py"
    kill = 'if "die" in line: os._exit(9)'
    text = sandbox.RUNNER.read_text().replace("for line in sys.stdin:", f"for line in sys.stdin:\n        {kill}")
    assert kill in text
    runner.write_text(text)
    monkeypatch.setattr(sandbox, "RUNNER", runner)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    first, bad, good = run_programs(
        [GOOD, Program("def f(x): return 'die'", "f", ((1,),)), Program("def f(): return 3", "f", ((),))]
    )

    assert [first.outcome, bad.outcome, good.outcome] == ["ok", "killed", "ok"]
    assert good.values == (3,)


def runners_of(path):
    """Processes whose command line names this runner."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += [int(line.parent.name)] if str(path).encode() in line.read_bytes() else []
    return found


def test_a_killed_harness_leaves_no_process(tmp_path):
    """Neither a runner nor the program that it was at."""
    runner = tmp_path / "runner.py"
    runner.write_text(sandbox.RUNNER.read_text())
    code = (
        "import pathlib, sys\nfrom harness.execute import sandbox\nsandbox.RUNNER = pathlib.Path(sys.argv[1])\n"
        "sleeping = sandbox.Program('import time\\ndef f(): time.sleep(600)', 'f', ((),))\n"
        "sandbox.run_programs([sleeping], sandbox.Limits(wall_seconds=600))"
    )
    harness = subprocess.Popen([sys.executable, "-c", code, str(runner)])
    while len(runners_of(runner)) < 3:  # the harness names it too, then the runner and the program
        assert harness.poll() is None
        time.sleep(0.05)
    harness.kill()
    harness.wait()
    while runners_of(runner):
        time.sleep(0.05)


def test_an_error_whose_text_fails_is_an_error():
    """The text of an exception is the program's code."""
    source = "class E(Exception):\n def __str__(self): raise ValueError\ndef f(x): raise E"
    (result,) = run_programs([Program(source, "f", ((1,),))])

    assert (result.outcome, result.detail) == ("error", "E")


def test_a_program_costs_one_process(monkeypatch):
    """A benchmark's worth of programs is quick to judge: an interpreter is started for each core, and one for a few."""
    started, popen = [], subprocess.Popen
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kw: started.append(args[0]) or popen(*args, **kw))
    programs = [Program(f"import os\ndef f(x): return os.getpid(), x + {number}", "f", ((1,),)) for number in range(40)]
    results = [result.values[0] for result in run_programs(programs)]

    assert sum(str(sandbox._ROOT) in command for command in started) == 2
    assert [value for _, value in results] == [number + 1 for number in range(40)]
    assert len({process for process, _ in results[::2]}) == 20

    started.clear()
    run_programs(programs[:10])
    assert sum(str(sandbox._ROOT) in command for command in started) == 1


def test_the_same_program_gives_the_same_twice():
    """Neither the order of a set nor an unseeded draw differs between runs."""
    source = "import random\ndef f(): return list({'a', 'b', 'c', 'd', 'e'}), random.random(), hash('x')"

    assert (
        run_programs([Program(source, "f", ((),))])[0].values == run_programs([Program(source, "f", ((),))])[0].values
    )


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("def f(): return 'a' * 10**8", ("error", "the result is too large")),
        ("def f(): return [0] * 10**7", ("error", "the result is too large")),
        ("def f(): return 'a' * 10**10", ("memory", "")),
        ("x = 'a' * 10**10\ndef f(): return x", ("memory", "")),
        ("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\ndef f():\n while True: pass", ("timeout", "")),
    ],
)
def test_labels_say_what_was_too_much(source, label):
    """A result that is too large is not a program that was killed, and a signal that is ignored is a timeout still."""
    (result,) = run_programs([Program(source, "f", ((),))], Limits(cpu_seconds=1, wall_seconds=20))

    assert (result.outcome, result.detail) == label


@pytest.mark.parametrize("limits", ["RLIMIT_AS, (300 << 20,) * 2", "RLIMIT_NOFILE, (24, 24)", "RLIMIT_CPU, (60, 60)"])
def test_a_machine_with_lower_limits_runs_programs(limits):
    """A limit that cannot be raised to ours is no reason to call every program wrong."""
    code = (
        "import resource\nfrom harness.execute.program import Program\n"
        "from harness.execute.sandbox import run_programs\n"
        f"resource.setrlimit(resource.{limits})\n"
        "print(run_programs([Program('def f(): return 3', 'f', ((),))])[0].values)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout == "(3,)\n", done.stderr


def changed_runner(monkeypatch, tmp_path, old, new):
    """Replace a line of the runner."""
    text = sandbox.RUNNER.read_text()
    assert old in text
    runner = tmp_path / "runner.py"
    runner.write_text(text.replace(old, new))
    monkeypatch.setattr(sandbox, "RUNNER", runner)


def test_a_system_without_a_limit_of_memory_says_so(monkeypatch, tmp_path):
    """On macOS RLIMIT_AS cannot be set: programs run, and the row names what they can do."""
    refused = "resource.setrlimit(*((what, (soft, hard)) if what != resource.RLIMIT_AS else ()))"
    changed_runner(monkeypatch, tmp_path, "except (ValueError, OSError):", "except (ValueError, OSError, TypeError):")
    changed_runner(monkeypatch, tmp_path, "resource.setrlimit(what, (soft, hard))", refused)
    (result,) = run_programs([GOOD])

    assert (result.outcome, result.values) == ("ok", (2, 42))
    assert result.isolation is not None
    assert "take more memory than its limit" in result.isolation


def test_a_machine_where_honest_programs_fail_is_refused(monkeypatch, tmp_path):
    """In one sentence, instead of calling every answer wrong."""
    changed_runner(monkeypatch, tmp_path, "def run(program", "sys.path.clear()\n\n\ndef run(program")
    with pytest.raises(BadInput) as refusal:
        run_programs([GOOD])

    assert "cannot be run here: one of ours ends with error (ModuleNotFoundError: No module named" in str(refusal.value)
    assert "install bubblewrap" in str(refusal.value)


def test_results_keep_their_order_and_equal_programs_run_once():
    """Answers come back in the order of the programs, broken ones included."""
    sources = ["def f(x): return x + 1", "def f(x: return", "g = 1", "def f(x): return x + 1", "def f(x): return x x"]
    results = run_programs([Program(source, "f", ((1,),)) for source in sources])

    assert [result.outcome for result in results] == ["ok", "unbalanced bracket", "no code", "ok", "syntax"]
