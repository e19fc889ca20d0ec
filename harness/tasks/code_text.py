r"""The program in a model's answer. Pure; never raises, and never mends a program: what is broken stays broken.

A thought before the answer is no part of it: it was taken off before (`text/thoughts.py`).

With fenced blocks (```python, ```py, plain ```, indented in a list, unclosed) it is, in this order:

1. the last block that parses and has a function of the entry point's name at its top level, a `def` with a body or a
   `lambda`: what was corrected is the answer, as the last of several numbers is,
2. else the last block that has such a method (LeetCode's `class Solution`; it is called on an instance): the function
   that is asked for comes first, whatever class or inner function of its name comes later,
3. the text before the first fence, where that has it or is an indented continuation of the prompt: an answer that
   starts inside a block,
4. the last block that gives it another way (`from operator import add`, `add = operator.add`), unless a broken one has
   the `def`,
5. the first block that has such a `def` (a stub, cut off or broken),
6. the first block that continues the prompt to a program,
7. the first block that parses, else the first block.

To the block of 1., 2. or 4. go imports, helpers and constants that it uses and that only other blocks define, as if all
blocks were cells of one notebook.

A later usage example thus never replaces the solution. The paper's code lost MBPP+ answers that way: it put a fence of
its own in front of an answer only if the answer had none, and took the first fenced block.

Without a fence it is the text from the first line that begins a program (def, class, import, from, decorator) up to the
last top-level line before which it parses; else a continuation of the prompt; else "".
"""

import ast
import builtins
import re
import textwrap
import warnings
from collections.abc import Callable

from harness.execute.outcome import defined_names, parsed
from harness.tasks.code_names import callable_by_name, gives, has_function, has_method, names_of, names_used

_FENCE = re.compile(r"([ \t]*)```+[ \t]*([^`\s]*)[^`]*$")
_BEGINS = re.compile(
    r"[ \t]*(?:(?:async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[(:]|from\s+[\w.]+\s+import\s|@\w"
    r"|import\s+\w[\w.]*(?:\s+as\s+\w+|\s*,.*)?\s*$)"
)
_ENDS_IN_FENCE = re.compile(r"(.*[^`\s].*?)[ \t]*(```+)[ \t]*$")
_MOST_CUTS = 100  # parses of one answer
_INDENT = "    "


def extract_program(text: str, entry_point: str, prompt: str = "") -> str:
    """The program that defines `entry_point`, or what comes nearest; "" where there is no code.

    Args:
        text: a model's answer.
        entry_point: name of the function asked for.
        prompt: a program up to the function's docstring, which the answer may continue or repeat. What stands before
            the function in it (imports, helpers) goes before an answer that repeats the function.
    """
    blocks = fenced_blocks(text)
    if blocks:
        code = _from_blocks(text, blocks, entry_point, prompt)
    else:
        bare = "\n".join(line for line in text.split("\n") if not _FENCE.match(line))
        code = _unfenced(bare, entry_point, prompt)
    tree = parsed(code)
    if not _has_def(code, entry_point) and not (tree and gives(tree, entry_point)):
        return code
    return callable_by_name(_with_preamble(code, entry_point, prompt), entry_point)


def fenced_blocks(text: str) -> list[str]:
    """The insides of all fenced blocks, without the fence's own indentation; empty blocks are left out."""
    lines = _with_fences_apart(text.split("\n"))
    fences = {place: fence for place, line in enumerate(lines) if (fence := _FENCE.match(line))}
    blocks, closed = list[str](), -1  # where the last block ended with a fence that opens none
    for place, fence in fences.items():
        if place <= closed:
            continue
        later = [other for other in fences if other > place]
        bodies = ["\n".join(line.removeprefix(fence[1]) for line in lines[place + 1 : end])
                  for end in (*later[:_MOST_CUTS], len(lines))]  # fmt: skip
        # a fence inside a docstring is a part of it, where the docstring ends at all
        chosen = next((n for n, body in enumerate(bodies) if not _in_docstring(body)), 0)
        blocks.append(bodies[chosen])
        # a fence with a language opens a block even inside another, whose end was forgotten
        end = later[chosen] if chosen < len(later) else len(lines)
        closed = end if end in fences and not fences[end][2] else end - 1
    return [block for block in blocks if block.strip()]


def _with_fences_apart(lines: list[str]) -> list[str]:
    """Lines in which a fence that closes a block at the end of its last line of code has a line of its own."""
    apart, inside = list[str](), False
    for line in lines:
        closing = _ENDS_IN_FENCE.match(line) if inside and line.count("```") == 1 else None
        if _FENCE.match(line) or closing:
            inside = not inside
        apart += [closing[1], closing[2]] if closing else [line]
    return apart


def _in_docstring(source: str) -> bool:
    """Whether a text ends inside a string of three quotes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return "unterminated triple-quoted" in error.msg
    except (ValueError, RecursionError, MemoryError):
        return False
    return False


def continued(prompt: str, body: str) -> str | None:
    """`prompt` continued by a function's body, in the indentation that makes it a program; None where none does.

    The body may be indented already, not at all, or all but its first line (a model's answer is often stripped).
    """
    if not prompt or not body.strip():
        return None
    start = _ended(prompt)
    body = body.strip("\n")
    evenly = textwrap.indent(textwrap.dedent(body), _INDENT)
    forms = (body, evenly) if body[0].isspace() else (evenly, _INDENT + body)
    return next((program for program in (f"{start}{form}\n" for form in forms) if parsed(program)), None)


def _with_preamble(code: str, entry_point: str, prompt: str) -> str:
    """`code` after what the prompt has before the entry point."""
    start = re.search(rf"^def\s+{re.escape(entry_point)}\b", prompt, re.MULTILINE)
    preamble = prompt[: start.start()].strip("\n") if start else ""
    if not preamble or code.strip("\n").startswith(preamble) or "from __future__" in code:
        return code
    return f"{preamble}\n\n\n{code}"


def _from_blocks(text: str, blocks: list[str], entry_point: str, prompt: str) -> str:
    programs = [(block, tree) for block in blocks if (tree := parsed(block))]

    def last(has: Callable[[ast.Module, str], bool]) -> str | None:
        found = [block for block, tree in programs if has(tree, entry_point)]
        return _with_what_it_uses(found[-1], blocks, prompt) if found else None

    complete = last(has_function) or last(has_method)
    if complete:
        return complete
    defining = [block for block in blocks if _has_def(block, entry_point)]
    lines = text.split("\n")
    before = "\n".join(lines[: next(index for index, line in enumerate(lines) if _FENCE.match(line))])
    if not defining and (
        _has_def(before, entry_point) or (before.strip("\n")[:1].isspace() and continued(prompt, before))
    ):
        return _unfenced(before, entry_point, prompt)
    stubs = [block for block in defining if parsed(block)]
    given = last(gives) if len(stubs) == len(defining) else None
    if given or defining:
        return given or next(iter([*stubs, *defining]))
    joined = next((program for program in (continued(prompt, block) for block in blocks) if program), None)
    return joined or next((block for block, _ in programs), blocks[0])


def _unfenced(text: str, entry_point: str, prompt: str) -> str:
    lines = text.split("\n")
    begins = next((index for index, line in enumerate(lines) if _begins(line, entry_point)), None)
    given = begins is not None and not _has_def(text, entry_point) and _given(lines[begins:], entry_point)
    if given:
        return given
    if begins is None or not _has_def(text, entry_point):
        joined = continued(prompt, text)
        if joined:
            return joined
    if begins is None:
        is_body = prompt and text.strip("\n")[:1].isspace()
        return f"{_ended(prompt)}{text}" if is_body and text.strip() else ""
    indent = lines[begins][: len(lines[begins]) - len(lines[begins].lstrip())]
    lines = [line.removeprefix(indent) for line in lines[begins:]]
    ends = [len(lines), *(index for index in range(len(lines) - 1, 0, -1) if lines[index][:1].strip())]
    for end in ends[:_MOST_CUTS]:
        program = "\n".join(lines[:end])
        if _has_def(program, entry_point) and parsed(program):
            return program
    return "\n".join(lines)


def _begins(line: str, entry_point: str) -> bool:
    """Whether a line begins a program: one of _BEGINS, or the entry point as a name for something."""
    return _BEGINS.match(line) is not None or re.match(rf"{re.escape(entry_point)}\s*=\s*[A-Za-z_]", line) is not None


def _given(lines: list[str], entry_point: str) -> str | None:
    """The longest beginning of these lines that is a program which gives the entry point without a `def`."""
    if any(line.lstrip().startswith("return") for line in lines):  # of a body, in which the name is a variable
        return None
    ends = [end for end in range(len(lines), 0, -1) if end == len(lines) or lines[end][:1].strip()]
    programs = ("\n".join(lines[:end]) for end in ends[:_MOST_CUTS])
    return next((each for each in programs if (tree := parsed(each)) and gives(tree, entry_point)), None)


def _ended(prompt: str) -> str:
    return prompt if prompt.endswith("\n") else f"{prompt}\n"


def _has_def(code: str, entry_point: str) -> bool:
    return re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}\b", code, re.MULTILINE) is not None


def _with_what_it_uses(code: str, blocks: list[str], prompt: str) -> str:
    """`code` after the definitions of other blocks that it uses and that neither it nor the prompt has."""
    tree = parsed(code)
    assert tree is not None
    cells = [(block, cell) for block in blocks if block != code and (cell := parsed(block))]
    offered = [(block, node) for block, cell in cells for node in cell.body if names_of(node)]
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    known = {*dir(builtins), *arguments, *defined_names(tree), *(_before_function(prompt) if prompt else ())}
    wanted, taken = names_used(tree) - known, list[tuple[str, ast.stmt]]()
    while wanted:
        name = wanted.pop()
        known.add(name)
        last = next(((block, node) for block, node in reversed(offered) if name in names_of(node)), None)
        if last is not None and last not in taken:
            taken.append(last)
            wanted |= names_used(last[1]) - known
    pieces = [ast.get_source_segment(block, node) or "" for block, node in offered if (block, node) in taken]
    return "\n\n\n".join([*pieces, code]) if pieces else code


def _before_function(prompt: str) -> set[str]:
    """Names that a prompt's program defines, read with a body."""
    tree = parsed(f"{_ended(prompt)}{_INDENT}pass\n") or parsed(prompt)
    return defined_names(tree) if tree else set()
