import os
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execute import sandbox
from harness.execute.outcome import brackets_balance, classify_source
from harness.execute.sandbox import Limits, Program, run_programs

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
    """No program keeps the harness from running the next one."""
    source, labels = HOSTILE[name]
    bad, good = run_programs([Program(source, "f", ((1,),)), GOOD], Limits(wall_seconds=3, cpu_seconds=1))

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


def test_other_processes_are_out_of_reach():
    """With a process table of its own a program does not even see the harness; signal 0 asks and does nothing."""
    (result,) = run_programs([Program("import os\ndef f(pid): os.kill(pid, 0)", "f", ((os.getpid(),),))])
    if not result.isolated:
        pytest.skip("this kernel gives no namespaces here")

    assert result.detail.startswith("ProcessLookupError")


def test_an_error_whose_text_fails_is_an_error():
    """The text of an exception is the program's code."""
    source = "class E(Exception):\n def __str__(self): raise ValueError\ndef f(x): raise E"
    (result,) = run_programs([Program(source, "f", ((1,),))])

    assert (result.outcome, result.detail) == ("error", "E")


def test_300_programs_take_less_than_3_seconds():
    """A benchmark's worth of programs is quick to judge."""
    programs = [Program(f"def f(x): return x + {number}", "f", ((1,),)) for number in range(300)]
    start = time.monotonic()
    results = run_programs(programs)

    assert time.monotonic() - start < 3
    assert [result.values for result in results] == [(number + 1,) for number in range(300)]


def test_warnings_about_a_source_are_not_errors_in_it():
    """The label does not depend on the filters of the pytest run around it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert classify_source("def f(x): return '\\d'", "f") == "ok"


def test_results_keep_their_order_and_equal_programs_run_once():
    """Answers come back in the order of the programs, broken ones included."""
    sources = ["def f(x): return x + 1", "def f(x: return", "g = 1", "def f(x): return x + 1", "def f(x): return x x"]
    results = run_programs([Program(source, "f", ((1,),)) for source in sources])

    assert [result.outcome for result in results] == ["ok", "unbalanced bracket", "no code", "ok", "syntax"]


@given(st.text(alphabet="()[]{}", max_size=12))
def test_bracket_balance_equals_the_stack_definition(text):
    """On brackets alone the tokenizer-based check is the textbook one."""
    stack, balanced = [], True
    for character in text:
        if character in "([{":
            stack.append(character)
        elif not stack or stack.pop() + character not in ("()", "[]", "{}"):
            balanced = False
            break

    assert (balanced and not stack) == brackets_balance(text)


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("def f(): return '('", "ok"),
        ("def f(): return 1  # (", "ok"),
        ("", "no code"),
        ("def f() return 1", "syntax"),
        ("def f(): return (1]", "unbalanced bracket"),
    ],
)
def test_source_is_classified_by_tokens_and_syntax(source, state):
    """Brackets in strings and comments do not count."""
    assert state == classify_source(source, "f")
