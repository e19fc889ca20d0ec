"""What is wrong with a program before it runs."""

import io
import sys
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


NESTED = [
    'f"{names["a"]}"', "f'{', '.join(['(' for _ in x])}'", 'f"{"("}"', 'f"{x:{w}}"', 'f"{{{x:>5}}}"', "rf'{x!r:)>{n}}'",
    'f"{f"{f"{"}"}"}"}"', "F'''{\n  x  # ( a comment\n}'''", r'f"\N{LEFT PARENTHESIS}{x}"', r'f"\{x}"', 'f"{x = }"',
    'f"{{"', 'f"}}("', 'f"{(lambda y: {"a": y})(1)["a"]}"', 'f"{x:%H:%M}"', 'f""', 'f"{x != y}"', "f\"{')':(^9}\"",
    'f"{a[1:2]}"', "f'it is {x}\\'s ('",
]  # fmt: skip


@pytest.mark.parametrize("text", NESTED)
def test_an_f_string_is_that_of_python_3_12(text):
    """Balanced whatever Python runs this, as a part of a program, and a bracket outside it still counts."""
    assert brackets_balance(f"def f(x):\n    return g({text}, [{text}])\n")
    assert not brackets_balance(f"def f(x):\n    return g({text}, [{text})\n")
    assert not brackets_balance(f"({text}")
    assert not brackets_balance(f"{text})")
    if sys.version_info >= (3, 12):
        assert classify_source(f"def f(x):\n    return {text}", "f") == "ok"


def _f_strings(inner):
    """An f-string of any quotes around fields, texts and brackets in strings."""
    part = st.sampled_from(["(", "]", "}}", "{{", " a ", "é"]) | inner.map("{{{}}}".format)
    return st.builds(
        lambda quotes, parts: f"f{quotes}{''.join(parts)}{quotes}", st.sampled_from(['"', "'", '"""']), st.lists(part)
    )


@given(_f_strings(st.recursive(st.sampled_from(["x", "[x]", "'('", '")"', "g({x: 1}, (2,))", "x:>{w}"]), _f_strings)))
def test_f_strings_hold_f_strings(text):
    """However deep, and whichever quotes stand in which."""
    assert brackets_balance(f"print({text})")
    assert not brackets_balance(f"print({text}))")


@pytest.mark.parametrize("source", ["f'{x'", "f'{(x}'", "f'}'", "f'{\"x}'", "f'" + "{f'" * 61])
def test_a_broken_f_string_is_a_string(source):
    """As to a tokenizer of before 3.12: what is wrong with it is no bracket outside it."""
    assert brackets_balance(source) == (source.count("'") < 3)
    assert not brackets_balance(f"({source}")


@pytest.mark.parametrize("piece", ["f'{", "f'{x ", "f\"{'''", "f'{#", "f'", "f'{f'"])
def test_f_strings_without_end_are_read_in_time(piece):
    """Each to the end of the text again would take hours."""
    assert not brackets_balance(f"({piece * 50_000}")
