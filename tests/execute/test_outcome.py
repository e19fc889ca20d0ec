"""What is wrong with a program before it runs."""

import io
import tokenize
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execute.outcome import brackets_balance, classify_source

SOURCES = sorted((Path(__file__).parents[2] / "harness").rglob("*.py"))


def test_warnings_about_a_source_are_not_errors_in_it():
    """The label does not depend on the filters of the pytest run around it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert classify_source("def f(x): return '\\d'", "f") == "ok"


@given(st.text(alphabet="()[]{}", max_size=12))
def test_bracket_balance_equals_the_stack_definition(text):
    """On brackets alone the check is the textbook one."""
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


@pytest.mark.parametrize(
    ("source", "balanced"),
    [
        ("a = 'abc\n(", False),
        ("0xg (", False),
        ("1__0 )", False),
        ("x = 5 $ (3\n", False),
        ("if x:\n\treturn 1\n        return (2", False),
        ("f'{a(}'", True),
        ("(]\0", False),
        ("\x1d\x1d\x1dn f\0", True),
        ("a = '''it's (\n", True),
        ("print('a\\'b(')", True),
        ('s = "a\\\n(b"', True),
    ],
)
def test_brackets_count_behind_what_no_python_can_read(source, balanced):
    """Python 3.12's tokenizer stops there, or raises SystemError at a NUL; the answer is the same on all versions."""
    assert brackets_balance(source) == balanced


@pytest.mark.parametrize("path", SOURCES[:: len(SOURCES) // 40], ids=lambda path: path.name)
def test_every_bracket_of_a_real_program_counts(path):
    """Whole it is balanced; without any one bracket that Python's own tokenizer finds in it, it is not."""
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines))]
    places, inside = [], 0  # of f-strings, whose insides are code to Python 3.12 and text to us
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        inside += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        if kind == "OP" and token.string in "()[]{}" and not inside:
            places.append(starts[token.start[0] - 1] + token.start[1])

    assert brackets_balance(source)
    for place in places[:: max(1, len(places) // 10)]:
        assert not brackets_balance(source[:place] + source[place + 1 :])
