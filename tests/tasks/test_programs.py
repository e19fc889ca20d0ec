"""Every task whose answers are programs: the right program is right, and any other is wrong."""

import pytest

from harness.tasks.judged import judged
from harness.tasks.suite import TASKS
from harness.text.requests import Generation

SUITE = {
    "id": "i", "entry_point": "f", "prompt": "def f(x, y):\n", "reference": "def f(x, y):\n    return x - y\n",
    "base_test": "assert f(3, 1) == 2", "test": "inputs = [[5, 5], [1, 4]]\nresults = [0, -3]\n",
    "inputs": [[3, 1], [5, 5], [1, 4]], "expected": [2, 0, -3],
}  # fmt: skip


@pytest.mark.parametrize("name", [task.name for task in TASKS.values() if task.kind == "program"])
@pytest.mark.parametrize(
    ("body", "label", "base"),
    [
        ("return x - y", "right", 1.0),
        ("return -(y - x)", "right", 1.0),
        ("return abs(x - y)", "wrong", 1.0),
        ("return y - x", "wrong", 0.0),
        ("return str(x - y)", "wrong", 0.0),
        ("return x - z", "undefined name", 0.0),
        ("return (x - y", "unbalanced bracket", 0.0),
        ("return x -", "syntax", 0.0),
    ],
)
def test_a_program_is_right_when_every_call_gives_the_expected_value(name, body, label, base):
    """One call that gives another value is enough to be wrong; judged alone, or with others in one sandbox."""
    answer = Generation(f"def f(x, y):\n    {body}\n", 9, "stop")
    outcome = TASKS[name].judge(SUITE, [answer])
    assert judged(TASKS[name], [SUITE] * 2, [[answer]] * 2) == [outcome] * 2
    assert (outcome.score, outcome.label) == (float(label == "right"), label)
    assert outcome.extra["unbalanced"] == float(label == "unbalanced bracket")
    assert outcome.extra.get("base", base) == base
