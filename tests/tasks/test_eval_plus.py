"""HumanEval+ and MBPP+: tests read from text, reference solutions, judging."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.execute.program import Execution, Program
from harness.execute.sandbox import run_programs
from harness.tasks import human_eval, mbpp
from harness.tasks.code_match import is_match
from harness.tasks.eval_plus import judge_with, passes, recording_program, suites
from harness.tasks.eval_plus_tests import read_tests
from harness.tasks.source import Folder
from harness.text.requests import Generation

ITEM = {
    "id": "t/0",
    "prompt": "def add(a, b):\n",
    "entry_point": "add",
    "reference": "def add(a, b):\n    return a + b\n",
    "base_test": "assert add(1, 2) == 3",
    "test": "inputs = [[1, 2], [0, -5]]\nresults = [3, -5]\n",
}
LEFT_OUT = {
    # calls whose results are longer than LONGEST_RESULT, or integers of more digits than Python writes
    "HumanEval/15": 29, "HumanEval/83": 29, "HumanEval/100": 1, "HumanEval/130": 10, "HumanEval/139": 49,
    "Mbpp/255": 6, "Mbpp/630": 10,
}  # fmt: skip
SLOW = {"Mbpp/389", "Mbpp/583", "Mbpp/599"}  # their references compute for 15-40 s
EVERY = 16  # of the problems that each run of our tests solves, beside those of LEFT_OUT


def judged(text, item=ITEM):
    """The outcome of one answer."""
    (outcome,) = judge_with(lambda _: item["prompt"])([item], [[Generation(text, 9, "stop")]])
    return outcome


def test_literals_are_read_and_names_of_floats_understood():
    """`inputs` and `results` may stand inside a function, and hold tuples and infinities."""
    read = read_tests("def check(f):\n    inputs = [[(1, 2), inf]]\n    results = [-inf]\n    assertion(1, 2, 0.5)\n")

    assert read.inputs == (((1, 2), float("inf")),)
    assert read.results == (float("-inf"),)
    assert read.atol == 0.5


def test_the_tolerance_of_the_polynomial_is_read():
    """HumanEval/32 compares by itself."""
    source = "inputs = [[[1]]]\nresults = [0]\nfor i in inputs:\n    assert _poly(i) <= 0.0001\n"

    assert read_tests(source).atol == 0.0001


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("assert f(1) == 2", "has no literal `inputs` (KeyError: 'inputs')"),
        ("inputs = [[open('x')]]", "has no literal `inputs`"),
        ("inputs = [[1], [2]]\nresults = [1]", "2 inputs and 1 results"),
        ("def (", "has no literal `inputs`"),
    ],
)
def test_a_text_of_another_format_is_refused(source, says):
    """One sentence, and nothing is run."""
    with pytest.raises(BadInput) as refusal:
        read_tests(source)

    assert says in str(refusal.value)


def test_only_the_calls_of_the_tests_are_noted():
    """A recursive reference calls itself, and a test may call in a loop; arguments are noted as they were."""
    reference = "def f(xs):\n    n = len(xs)\n    xs.clear()\n    return 0 if n == 0 else 1 + f([0] * (n - 1))\n"
    program = recording_program(reference, "f", "for n in range(3):\n    assert f([7] * n) == n")

    (run,) = run_programs([Program(program, "_results", (([], False),))])

    assert run.values == (([(([],), 0), (([7],), 1), (([7, 7],), 2)], []),)


def test_results_that_a_text_lacks_come_from_the_reference():
    """Some tests of EvalPlus only name inputs."""
    (suite,) = suites([ITEM | {"test": "inputs = [[2, 2], [1, 0]]\n"}])

    assert suite.plus == (((2, 2), 4), ((1, 0), 1))
    assert suite.base == (((1, 2), 3),)


def test_a_reference_that_fails_its_own_tests_is_refused():
    """A damaged file is no reason to call every model wrong."""
    with pytest.raises(BadInput, match=r"t/0: its reference solution ends with error \(AssertionError"):
        suites([ITEM | {"base_test": "assert add(1, 2) == 4"}])


@pytest.mark.parametrize(
    ("text", "label", "base"),
    [
        ("```python\ndef add(a, b):\n    return a + b\n```", "right", 1.0),
        ("```python\ndef add(a, b):\n    return abs(a) + abs(b)\n```", "wrong", 1.0),
        ("```python\ndef add(a, b):\n    return a - b\n```", "wrong", 0.0),
        ("```python\ndef add(a, b):\n    return (a + b\n```", "unbalanced bracket", 0.0),
        ("```python\ndef add(a, b):\n    return a + c\n```", "undefined name", 0.0),
        ("I cannot do that.", "no code", 0.0),
    ],
)
def test_answers_are_judged_on_base_and_plus(text, label, base):
    """Right needs both; a program that passes the original tests alone says so."""
    outcome = judged(text)

    assert (outcome.label, outcome.extra["base"], outcome.score) == (label, base, float(label == "right"))


def test_the_program_is_kept_beside_the_answer():
    """So that the paper's classification of error texts reads the program and not the prose around it."""
    assert judged("Sure:\n```python\ndef add(a, b):\n    return a + b\n```").program.startswith("def add")


def test_the_entry_point_is_what_the_assertion_calls():
    """Not a builtin around it, and not a helper of the reference."""
    code = "def helper(x):\n    return x\n\ndef find(x):\n    return helper(x)\n"

    assert mbpp.entry_point(code, "assert set(find((1, 2))) == set((1, 2))") == "find"
    with pytest.raises(BadInput, match="calls no function of the reference"):
        mbpp.entry_point(code, "assert lost(1)")


@pytest.mark.parametrize(
    ("task", "problems", "every"),
    [
        pytest.param(human_eval.HUMAN_EVAL, 16, EVERY, id="HumanEval+"),
        pytest.param(mbpp.MBPP, 26, EVERY, id="MBPP+"),
        pytest.param(human_eval.HUMAN_EVAL, 164, 1, id="all of HumanEval+", marks=pytest.mark.slow),
        pytest.param(mbpp.MBPP, 378, 1, id="all of MBPP+", marks=pytest.mark.slow),
    ],
)
def test_every_reference_solution_passes(real_data, task, problems, every):
    """Base and plus tests, through the sandbox; the calls that are left out are named above."""
    items = [
        item
        for place, item in enumerate(task.load(Folder(real_data), "test"))
        if every == 1 or item["id"] in LEFT_OUT or (place % every == 0 and item["id"] not in SLOW)
    ]
    answers = [[Generation(f"```python\n{item['reference']}\n```", 9, "stop")] for item in items]

    outcomes, held = task.judge_all(items, answers), suites(items)
    missing = {
        item["id"]: len(read_tests(item["test"]).inputs) - len(suite.plus)
        for item, suite in zip(items, held, strict=True)
    }

    assert len(items) == problems
    assert [outcome.item_id for outcome in outcomes if outcome.score < 1 or outcome.extra["base"] < 1] == []
    assert {name: count for name, count in missing.items() if count} == {
        name: count for name, count in LEFT_OUT.items() if name in missing
    }
    assert all(suite.base for suite in held)


@pytest.mark.parametrize(
    "said",
    [
        '{"outcome": "ok", "values": "[]"}',
        '{"outcome": "ok", "values": "[3, 3, 3, 3, 3]"}',
        '{"outcome": "ok", "values": "[NaN, {\\"other\\": 1}]"}',
        '{"outcome": "ok", "values": [3, -5], "seconds": "x"}',
        '{"outcome": "ok", "values": "[3"}',
        '{"outcome": "ok", "values": "' + "[" * 5000 + '"}',
        '{"outcome": ["ok"], "values": "[3, -5]", "isolation": "full"}',
        '[{"outcome": "ok"}]',
        '{"outcome": "ok", "values": "[{\\"set\\": [[1]]}, {\\"int\\": 5}]", "detail": "\\ud800\\u001b"}',
        "",
        "\x00\xff",
    ],
)
def test_what_a_program_writes_in_place_of_its_result_ends_no_check(said):
    """Another number of values than there are calls, and anything else: only that answer is wrong."""
    hostile = f"""```python
import os
def add(a, b):
    for descriptor in range(3, 32):
        try: os.write(descriptor, {said!r}.encode("latin-1", "replace"))
        except OSError: pass
    os._exit(0)
```"""
    good = "```python\ndef add(a, b):\n    return a + b\n```"
    answers = [[Generation(text, 9, "stop")] for text in (hostile, good)]
    bad, right = judge_with(lambda _: ITEM["prompt"])([ITEM, ITEM | {"id": "t/1"}], answers)

    assert (bad.score, bad.label, right.score) == (0.0, "killed", 1.0)
    assert right.isolation is not None


def test_an_execution_of_another_length_is_no_pass():
    """Whoever made it."""
    calls = (((1,), 1), ((2,), 2))

    assert not passes("f", Execution("ok", (1,)), calls, 0.0)
    assert not passes("f", Execution("ok", ()), calls, 0.0)
    assert passes("f", Execution("ok", (1, 2)), calls, 0.0)


@given(result=st.lists(st.integers(0, 4) | st.text("ab", max_size=1)), expected=st.lists(st.integers(0, 4), min_size=1))
def test_elements_are_compared_as_sets(result, expected):
    """Without making a set of what a program returned."""
    assert is_match("similar_elements", (), result, expected, 0.0) == (set(result) == set(expected))


def test_a_hostile_list_is_compared_at_once():
    """300,000 numbers of one hash; a set of them would take hours."""
    alike = [n * (2**61 - 1) for n in range(300_000)]

    assert not is_match("similar_elements", (), alike, (3, 4), 0.0)
