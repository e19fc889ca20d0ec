"""The function that is called, where an answer has several of its name, or in a class."""

import ast

import pytest

from harness.tasks.code_text import extract_program

PROMPT = 'from typing import List\n\n\ndef g(x):\n    return x\n\n\ndef f(x: List[int]) -> int:\n    """ Sum. """\n'


@pytest.mark.parametrize("head", ["", "from typing import List\n\n"])
@pytest.mark.parametrize("fence", [True, False])
def test_a_method_of_a_class_is_called_on_an_instance(head, fence):
    """LeetCode's form is an answer too."""
    program = f"{head}class Solution:\n    def f(self, x):\n        return x + 1"
    found = extract_program(f"```python\n{program}\n```" if fence else program, "f")
    space = {}
    exec(found, space)  # our own text
    assert space["f"](2) == 3


def test_a_function_beside_a_class_stays_the_entry_point():
    """Nothing is added where the name is there already."""
    program = "class A:\n    def f(self):\n        return 1\n\n\ndef f(x):\n    return x"
    assert extract_program(f"```\n{program}\n```", "f") == program


TOP = "def f(x):\n    return x + 1"
IN_A_CLASS = "class T:\n    def f(self, x):\n        return 0"
INSIDE = "def g(x):\n    def f(x):\n        return 0\n    return f(x)"
SOLVED = "class Solution{}:\n    def f(self, x):\n        return x + 1"
BASE = "from abc import ABC, abstractmethod\n\n\nclass Base(ABC):\n    @abstractmethod\n    def f(self, x):\n        "
STATED = [
    [TOP, IN_A_CLASS],
    [TOP, INSIDE],
    [IN_A_CLASS, TOP],
    [f"{IN_A_CLASS}\n\n\n{TOP}"],
    [f"{TOP}\n\n\n{INSIDE}\n\n\n{IN_A_CLASS}"],
    ["f = lambda x: x + 1"],
    ["def f(x):\n    return 0", "f = lambda x: x + 1"],
    [TOP, "from solution import f\nprint(f(1))"],
    [TOP, "f = f(3)"],
    ["import operator", "from functools import partial\nf = partial(operator.add, 1)"],
    ["from operator import neg\nf = lambda x: 1 - neg(x)"],
    ["def f(x):\n    ...", "import functools, operator\nf = functools.partial(operator.add, 1)"],
    [SOLVED.format(""), "print(Solution().f(2))"],
    [SOLVED.format(""), IN_A_CLASS.replace("return 0", "pass")],
    [f"{SOLVED.format('')}\n\n\n{IN_A_CLASS}"],
    [f"class Base:\n    def f(self, x):\n        pass\n\n\n{SOLVED.format('(Base)')}"],
    *(
        [f"{BASE}{body}\n\n\n{SOLVED.format('(Base)').replace('Solution', name)}"]
        for body in ("pass", "return None")
        for name in ("Solution", "Mine")
    ),
]


@pytest.mark.parametrize("blocks", STATED)
@pytest.mark.parametrize("prompt", ["", PROMPT, "def f(x):\n    '''One more.'''\n"])
def test_a_right_function_is_called_whatever_else_has_its_name(blocks, prompt):
    """A function of the top level first, then a method with a body; a lambda is a function, too."""
    found = extract_program("\nor\n".join(f"```python\n{block}\n```" for block in blocks), "f", prompt)
    space = {}
    exec(found, space)  # our own text
    assert space["f"](2) == 3


@pytest.mark.parametrize(
    "text", ["f = lambda x: x + 1", "from operator import invert as f", "import math\n\nf = math.ceil"]
)
@pytest.mark.parametrize("form", ["```python\n{}\n```", "{}", "So:\n\n{}", "{}\n\nThat is all, it is simple."])
def test_a_name_for_a_function_is_no_body_of_the_prompts(text, form):
    """It replaces the prompt's function, and the prompt's imports and helpers go before it."""
    found = extract_program(form.format(text), "f", PROMPT)
    assert found.rstrip() == f"from typing import List\n\n\ndef g(x):\n    return x\n\n\n{text}"


@pytest.mark.parametrize("body", ["f = g(x)\nreturn f", "    f = g(x)\n    return f", "f = lambda y: y\nreturn f(x)"])
@pytest.mark.parametrize("form", ["```python\n{}\n```", "{}"])
def test_a_variable_of_the_functions_name_is_part_of_a_body(body, form):
    """It is no function of its own where the body goes on to return something."""
    found = ast.parse(extract_program(form.format(body), "f", PROMPT)).body[-1]
    assert isinstance(found, ast.FunctionDef)
    assert isinstance(found.body[-1], ast.Return)


def test_a_broken_function_is_not_replaced_by_its_usage():
    """What is broken stays broken, though an example imports it."""
    broken = "def f(x):\n    return (x"
    assert extract_program(f"```\n{broken}\n```\n```\nfrom solution import f\nprint(f(1))\n```", "f") == broken
