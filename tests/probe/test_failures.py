from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.execute.program import Ending, Program
from harness.execute.sandbox import run_programs
from harness.probe.failures import Failure, code_failure, failure_shares, paper_failure, python_error_text
from harness.tasks.outcome import Outcome

LABELS = ["right", "wrong", "truncated", "loop", *(ending for ending in get_args(Ending) if ending != "ok")]


def outcome(label, response="", detail=""):
    return Outcome("item", float(label == "right"), label, response, detail=detail)


def executed(source):
    """The outcome that a code task makes of a program, whose right value is 3."""
    (execution,) = run_programs([Program(source, "f", ((1, 2),))])
    label = execution.outcome
    if label == "ok":
        label = "right" if execution.values == (3,) else "wrong"
    return outcome(label, source, execution.detail)


@pytest.mark.parametrize(
    ("label", "failure"),
    [
        ("right", "right"),
        ("wrong", "wrong result"),
        ("unbalanced bracket", "unbalanced bracket"),
        ("syntax", "other syntax"),
        ("undefined name", "undefined name"),
        ("timeout", "timeout"),
        ("no code", "no code"),
        ("truncated", "truncated"),
        ("loop", "truncated"),
        ("error", "other"),
        ("memory", "other"),
        ("killed", "other"),
    ],
)
def test_each_label_has_its_failure(label, failure):
    """Every label of a code task, by hand."""
    assert failure == code_failure(outcome(label))


def test_no_label_of_the_sandbox_is_forgotten():
    """An ending added to the sandbox has to be added here."""
    assert {code_failure(outcome(label)) for label in LABELS} == set(get_args(Failure))


def test_labels_of_other_tasks_are_refused():
    """A word problem has no syntax errors."""
    with pytest.raises(BadInput, match="'not extracted' of 'item' is not one of a code task"):
        code_failure(outcome("not extracted"))


@pytest.mark.parametrize(
    ("source", "sound", "paper"),
    [
        ("def f(x, y): return x + y", "right", "right"),
        ("def f(x, y): return x - y", "wrong result", "wrong result"),
        ("def f(x, y): return (x + y", "unbalanced bracket", "unbalanced bracket"),
        ("def f(x, y): return x + y)", "unbalanced bracket", "unbalanced bracket"),
        ("def f(x, y): return (x + y]", "unbalanced bracket", "unbalanced bracket"),
        ("def f(x, y: return (x + y)", "unbalanced bracket", "other syntax"),
        ("def f(x, y) return [x", "unbalanced bracket", "other"),
        ("def f(x, y): return x +", "other syntax", "other syntax"),
        ("def f(x, y): return '", "other syntax", "other"),
        ("return 3\ndef f(x, y): return 3", "other syntax", "other"),
        ("def f(x, y): return z", "undefined name", "undefined name"),
        ("def f(x, y): return f(x, y)", "timeout", "timeout"),
        ("def g(x, y): return x + y", "no code", "undefined name"),
        ("def f(x, y): return x[y]", "other", "other"),
    ],
)
def test_programs_by_both_protocols(source, sound, paper):
    """What a real execution is called; the paper's words miss brackets that Python reports as something else."""
    ran = executed(source)

    assert sound == code_failure(ran)
    assert failure_shares([ran], "sound")[sound] == 1
    assert failure_shares([ran], "paper")[paper] == 1


def test_a_timeout_is_one_by_both_protocols():
    """Time is up without a word from Python."""
    assert failure_shares([outcome("timeout")], "sound")["timeout"] == 1
    assert failure_shares([outcome("timeout")], "paper")["timeout"] == 1


def test_a_cut_off_program_has_a_broken_bracket_by_the_paper_only():
    """The token limit, not the model, left the bracket open."""
    cut = outcome("truncated", "def f(x, y): return (x +")

    assert failure_shares([cut], "sound")["truncated"] == 1
    assert failure_shares([cut], "paper")["unbalanced bracket"] == 1


def test_the_program_may_stand_inside_the_response():
    """`source` takes it out of the text around it."""
    fenced = outcome("syntax", "```python\ndef f(x) return x\n```")

    assert failure_shares([fenced], "paper")["other syntax"] == 1
    taken = failure_shares([fenced], "paper", lambda each: each.response.strip("`").removeprefix("python\n"))
    assert taken["other"] == 1


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("failed: ", "wrong result"),
        ("failed: wrong value", "other"),
        ("failed: '(' was never closed (<string>, line 15)", "unbalanced bracket"),
        (
            "failed: closing parenthesis ')' does not match opening parenthesis '[' (<string>, line 14)",
            "unbalanced bracket",
        ),
        ("failed: unmatched '}' (<string>, line 2)", "unbalanced bracket"),
        ("failed: invalid syntax (<string>, line 20)", "other syntax"),
        ("failed: expected ':' (<string>, line 1)", "other"),
        ("failed: name 'math' is not defined", "undefined name"),
        ("timed out", "timeout"),
        ("failed: maximum recursion depth exceeded", "timeout"),
        ("failed: list index out of range", "other"),
    ],
)
def test_paper_classes_of_its_own_error_texts(text, failure):
    """Texts from the paper's notebook."""
    assert failure == paper_failure(passed=False, error_text=text)


def test_paper_asks_in_its_order():
    """A text with several signs belongs to the first class."""
    assert paper_failure(passed=True, error_text="failed: ") == "right"
    assert paper_failure(passed=False, error_text="invalid syntax: '(' was never closed") == "unbalanced bracket"
    assert paper_failure(passed=False, error_text="invalid syntax: f is not defined, timed out") == "other syntax"
    assert paper_failure(passed=False, error_text="f is not defined, timed out") == "undefined name"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", ""),
        ("f(1", "'(' was never closed"),
        ("f(1))", "unmatched ')'"),
        ("if x = 1", "invalid syntax"),
        ("def f(x) return x", "expected ':'"),
    ],
)
def test_python_error_text(source, message):
    """Python's own words, without the place."""
    assert python_error_text(source).startswith(message)
    assert bool(message) == bool(python_error_text(source))


@given(st.text(st.sampled_from("([{}])'\"\\\0 \n:=x1+#"), max_size=30))
def test_python_error_text_never_raises(source):
    """Whatever a model writes, there is a text or none."""
    assert isinstance(python_error_text(source), str)


def test_shares_by_hand():
    """Two right, one wrong, one broken, of four."""
    shares = failure_shares([outcome(label) for label in ("right", "right", "wrong", "unbalanced bracket")])

    assert {k: v for k, v in shares.items() if v} == {"right": 0.5, "wrong result": 0.25, "unbalanced bracket": 0.25}


@given(st.lists(st.sampled_from(LABELS), min_size=1), st.sampled_from(["sound", "paper"]))
def test_shares_add_up(labels, protocol):
    """Every program is in one class, and every class is shown."""
    shares = failure_shares([outcome(label) for label in labels], protocol)

    assert set(shares) == set(get_args(Failure))
    assert pytest.approx(1) == sum(shares.values())
    assert shares["right"] == labels.count("right") / len(labels)


def test_shares_of_nothing_are_refused():
    """No share of no program."""
    with pytest.raises(BadInput, match="failures of 0 programs"):
        failure_shares([])
