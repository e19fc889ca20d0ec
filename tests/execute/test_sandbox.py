import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    "kill the parent": ("import os\ndef f(x):\n os.kill(os.getppid(), 9)\n return 5", {"error", "killed"}),
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
