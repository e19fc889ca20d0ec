"""The program in a model's answer."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.code_text import continued, extract_program, fenced_blocks

SOLUTION = "import math\n\n\ndef f(x):\n    if x < 0:\n        return 0\n    return math.isqrt(x) * 2"
PROMPT = 'from typing import List\n\n\ndef g(x):\n    return x\n\n\ndef f(x: List[int]) -> int:\n    """ Sum. """\n'
BODY = "    total = 0\n    for item in x:\n        total += g(item)\n    return total"
PROSE = st.sampled_from(["", "Here is a solution:", "Sure! I will use `f`.", "It runs in O(n).\n\n- a list\n- 2 items"])
STATEMENTS = st.lists(
    st.sampled_from(
        [
            "y = x + 1",
            "if x:\n    y = [1,\n         2]",
            "y = '''\n  text\n'''",
            "for i in range(3):\n\n    y = i",
            "pass",
        ]
    ),
    max_size=4,
)
USAGE = "print(f(4))"


def function(statements):
    lines = "\n".join([*statements, "return x"]).split("\n")
    # text inside a string is not indented with its line, so it is compared as it stands after indenting
    return "\n".join(["def f(x):", *(f"    {line}" if line else "" for line in lines)])


PROGRAMS = st.builds(
    lambda before, statements, after: "\n\n\n".join([*before, function(statements), *after]),
    st.lists(
        st.sampled_from(["import re", "from os import path", "@str\ndef h(x):\n    return 1", "class A:\n    b = 1"])
    ),
    STATEMENTS,
    st.lists(st.sampled_from(["def k(x):\n    return 2", "LIMIT = 3"]), max_size=2),
)
DECORATIONS = [
    "```python\n{}\n```",
    "```py\n{}\n```",
    "```Python\n{}\n```",
    "```\n{}\n```",
    "``` python\n{}\n```",
    "```python\n{}",
    "```python\n{}\n```\nUsage:\n```python\nprint(f(4))\n```",
    "```bash\npip install f\n```\n```python\n{}\n```\n",
    "```python\ndef f(x):\n    return 0\n```\nWait, corrected:\n```python\n{}\n```",
    "```python\ndef f(x):\n    ...\n```\n```python\n{}\n```\nIn short:\n```python\ndef f(x):\n    '''Sum.'''\n```",
    "```python\n{}\n```\nA stub:\n```python\ndef f(x): raise NotImplementedError('f')\n```",
    "```python\n{}\n```\nA cut one:\n```python\ndef f(x):\n    return (0",
    "```python\n{}\n```\n```python\nx = 4\ny, z = 1, 2\nresult = f(x)\n```",
    "```python\n{}\n```python\nprint(f(1))\n```",
]


@pytest.mark.parametrize("decoration", DECORATIONS)
@settings(deadline=None, max_examples=25)
@given(program=PROGRAMS, before=PROSE, after=PROSE)
def test_a_fenced_program_comes_back_as_it_was(decoration, program, before, after):
    """Whatever is around it, the block that defines the function is the program."""
    text = f"{before}\n{decoration.format(program)}"
    if decoration.endswith("```"):
        text += f"\n{after}"
    assert extract_program(text, "f") == program


@settings(deadline=None, max_examples=25)
@given(program=PROGRAMS, before=PROSE, after=PROSE)
def test_a_program_without_a_fence_is_cut_out_of_its_prose(program, before, after):
    """What comes back has the same definitions, in the same order."""
    found = extract_program(f"{before}\n\n{program}\n\n{after}\n", "f")
    assert [ast.dump(node) for node in ast.parse(found).body] == [ast.dump(node) for node in ast.parse(program).body]


@settings(deadline=None, max_examples=25)
@given(program=PROGRAMS)
def test_a_block_indented_in_a_list_comes_back_as_it_was(program):
    """The fence's own indentation is not the program's."""
    lines = "\n".join(f"   {line}" for line in ["```python", *program.split("\n"), "```"])
    assert extract_program(f"1. Write it:\n\n{lines}\n\n2. Done.", "f") == program


@settings(deadline=None, max_examples=25)
@given(statements=STATEMENTS)
@pytest.mark.parametrize("form", ["{}", "```python\n{}\n```", "```\n{}\n```", "{}\n```\nIt is simple.", "{}\n```"])
def test_a_body_continues_the_prompt(form, statements):
    """An answer of the body alone is the prompt and the body."""
    body = "\n".join(function(statements).split("\n")[1:])
    found = extract_program(form.format(body), "f", PROMPT)
    assert ast.dump(ast.parse(PROMPT + body)) == ast.dump(ast.parse(found))


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        BODY.lstrip(),
        "\n".join(line[4:] for line in BODY.split("\n")),
        BODY.replace("    ", "  "),
        f"\n{BODY}\n\n",
    ],
    ids=["as it is", "first line stripped", "not indented", "two spaces", "blank lines around"],
)
def test_a_body_is_joined_by_its_indentation(body):
    """All the ways in which a body's indentation is lost lead to one program."""
    assert ast.dump(ast.parse(PROMPT + BODY)) == ast.dump(ast.parse(continued(PROMPT, body)))


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("`\n \tdefx():#'\"pythonim@\0\\é"), max_size=120), prompt=st.sampled_from(["", PROMPT])
)
def test_extraction_never_fails(text, prompt):
    """Any text gives a program or nothing."""
    assert isinstance(extract_program(text, "f", prompt), str)
    assert isinstance(extract_program(text, "x", prompt), str)


def test_a_later_usage_example_does_not_replace_the_solution():
    """The paper's extraction scored such MBPP+ answers on the example, since it added its fence only where none was."""
    answer = f"{SOLUTION}\n```\n\nUsage example:\n\n```python\n{USAGE}\n```"
    assert extract_program(answer, "f") == SOLUTION


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("I cannot do that.", ""),
        ("```python\n```", ""),
        ("```python\nx = (1\n```\n```\ny = 2\n```", "y = 2"),
        ("```python\nx = (1\n```", "x = (1"),
        ("```python\ndef f(x):\n    return (x", "def f(x):\n    return (x"),
        ("def f(x):\n    return (x", "def f(x):\n    return (x"),
        ("def f(x):\n    return x\nx = (1", "def f(x):\n    return x"),
        ("```python\ndef f(x): return (\n```\nBetter:\n```python\ndef f(x): return 1\n```", "def f(x): return 1"),
        ("    def f(x):\n        return x", "def f(x):\n    return x"),
        ("```python\r\ndef f(x): return 1\r\n```\r\n", "def f(x): return 1\r"),
    ],
)
def test_extraction_examples(text, expected):
    """Broken programs come back broken, and prose is no program."""
    assert expected == extract_program(text, "f")


def test_an_answer_relies_on_what_the_prompt_has():
    """Imports and helpers of the prompt go before an answer that repeats the function only, and not twice."""
    answer = "def f(x: List[int]) -> int:\n    return g(1)"
    expected = f"from typing import List\n\n\ndef g(x):\n    return x\n\n\n{answer}"
    assert expected == extract_program(f"```python\n{answer}\n```", "f", PROMPT)
    assert extract_program(f"```python\n{PROMPT}{BODY}\n```", "f", PROMPT) == PROMPT + BODY


def test_a_cut_off_body_is_broken_code():
    """An answer that was cut off is labelled by what is broken in it, not as no code."""
    assert extract_program("    return (x", "f", PROMPT) == PROMPT + "    return (x"


def test_empty_blocks_are_left_out():
    """Two fences with nothing between hold no program."""
    assert fenced_blocks("```\n\n```\n```\nx\n```") == ["x"]


HELPER, USER = "def g(x):\n    return x", "def f(x):\n    return g(x)"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([HELPER, USER], f"{HELPER}\n\n\n{USER}"),
        ([USER, HELPER], f"{HELPER}\n\n\n{USER}"),
        (["import math, re", "def f(x):\n    return math.pi"], "import math, re\n\n\ndef f(x):\n    return math.pi"),
        (["from math import pi as p", "K = p", "def f(x):\n    return K"],
         "from math import pi as p\n\n\nK = p\n\n\ndef f(x):\n    return K"),
        (["class N: a = 1", "def f(x):\n    return N().a"], "class N: a = 1\n\n\ndef f(x):\n    return N().a"),
        (["def g(x):\n    return 0", HELPER, USER, "print(f(3))"], f"{HELPER}\n\n\n{USER}"),
        ([HELPER, "def f(x):\n    g = x\n    return g"], "def f(x):\n    g = x\n    return g"),
        ([HELPER, "x = 3", f"{HELPER}\n\n\n{USER}"], f"{HELPER}\n\n\n{USER}"),
        (["import os", "x = os", "def f(x):\n    return len(x)"], "def f(x):\n    return len(x)"),
    ],
)  # fmt: skip
def test_helpers_and_imports_may_stand_in_blocks_of_their_own(blocks, expected):
    """What is used and defined elsewhere comes along, the last of several; nothing else does."""
    assert extract_program("\nand\n".join(f"```python\n{block}\n```" for block in blocks), "f") == expected


def test_what_the_prompt_defines_is_not_taken_from_elsewhere():
    """The prompt's own helper is the one that is used."""
    answer = f"```python\ndef g(x):\n    return 7\n```\n```python\n{USER}\n```"
    assert "return 7" not in extract_program(answer, "f", PROMPT)


@pytest.mark.parametrize("fence", ["```", "```python", "    ```", "~~~"])
@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_backticks_inside_a_docstring_are_its_own(fence, quotes):
    """The block ends where the docstring does not."""
    close = fence.replace("python", "")
    program = f"def f(x):\n    {quotes}Sum.\n\n{fence}\n>>> f(1)\n{close}\n    {quotes}\n    return x"
    assert extract_program(f"So:\n```python\n{program}\n```\nDone.\n```\n1\n```", "f") == program


def test_a_docstring_that_never_ends_does_not_swallow_the_answer():
    """The next block is still a block."""
    broken = 'def f(x):\n    """Sum.\n    return 0'
    assert extract_program(f"```python\n{broken}\n```\n```python\n{USER}\n```", "f") == USER


@pytest.mark.parametrize("after", ["", "\n", "\nThat is all.", "  \n\nExample:\n```\n>>> add(1, 2)\n3\n```"])
def test_a_fence_may_close_at_the_end_of_the_last_line_of_code(after):
    """The program ends there, as the usual pattern has it."""
    text = f"Here:\n```python\ndef add(a, b):\n    return a + b```{after}"
    assert extract_program(text, "add").rstrip() == "def add(a, b):\n    return a + b"
