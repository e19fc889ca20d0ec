"""What a right answer says: of every shape of item, and as the tasks' own judges have it."""

import pytest

from harness.tasks.expected import expected
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.text.requests import Generation

CHOICES = {"text": ["wax", "shell"], "label": ["A", "B"]}
ITEMS = {
    ("facts", "shell"): {"choices": CHOICES, "answerKey": "B"},
    ("arc_easy_generated", "B. shell"): {"choices": CHOICES, "answerKey": "B"},
    ("arithmetic", "-20"): {"completion": " -20"},
    ("arithmetic_first_digit", "2"): {"completion": " -20"},
    ("gsm8k", "18"): {"answer": "He sprints 3*3=<<3*3=9>>9 times.\n#### 18"},
    ("gsm8k_choice", "18"): {"answer": "#### 18"},
    ("brackets", ") ]"): {"target": ") ]"},
    ("headlines", "max steals map"): {"summary": "max steals map"},
    ("code", "def f ( x ) : return x"): {"canonical_solution": "def f ( x ) : return x"},
    ("human_eval_plus", "def f(x):\n    return x"): {"reference": "def f(x):\n    return x\n", "test": "assert f(1)"},
    ("xsum", None): {"document": "a"},
}


@pytest.mark.parametrize(("task", "right"), ITEMS, ids=[task for task, _ in ITEMS])
def test_a_right_answer_is_named_where_the_item_names_one(task, right):
    """An option by its text, of a letter with the letter; a number without its working; a text as it is."""
    assert expected(TASKS[task], ITEMS[task, right]) == right


@pytest.mark.parametrize("task", ["word_problems", "arithmetic", "facts_generated", "kinds_generated", "brackets"])
def test_the_task_judges_it_right(task):
    """As an answer that ended by itself, of every item."""
    found = TASKS[task]
    for item in found.load(Bundled(), "test")[:50]:
        said = str(expected(found, item))
        text = f"#### {said}" if task == "word_problems" else said
        assert found.judge(item, [Generation(text, 1, "stop")]).score == 1, item
