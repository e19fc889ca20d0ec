r"""The program in a model's answer. Pure; never raises, and never mends a program: what is broken stays broken.

With fenced blocks (```python, ```py, plain ```, indented in a list, unclosed) it is, in this order:

1. the first block that parses and has a `def` of the entry point,
2. the first block that has such a `def` (cut off or broken),
3. the text before the first fence, where that has it or is an indented continuation of the prompt: an answer that
   starts inside a block,
4. the first block that continues the prompt to a program,
5. the first block that parses, else the first block.

A later usage example thus never replaces the solution. The paper's code lost MBPP+ answers that way: it put a fence of
its own in front of an answer only if the answer had none, and took the first fenced block.

Without a fence it is the text from the first line that begins a program (def, class, import, from, decorator) up to the
last top-level line before which it parses; else a continuation of the prompt; else "".
"""

import re
import textwrap

from harness.execute.outcome import parsed

_FENCE = re.compile(r"([ \t]*)```+[ \t]*([^`\s]*)[^`]*$")
_BEGINS = re.compile(
    r"[ \t]*(?:(?:async\s+)?def\s+\w+\s*\(|class\s+\w+\s*[(:]|from\s+[\w.]+\s+import\s|@\w"
    r"|import\s+\w[\w.]*(?:\s+as\s+\w+|\s*,.*)?\s*$)"
)
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
    return _with_preamble(code, entry_point, prompt) if _has_def(code, entry_point) else code


def fenced_blocks(text: str) -> list[str]:
    """The insides of all fenced blocks, without the fence's own indentation; empty blocks are left out."""
    blocks: list[list[str]] = []
    is_open, indent = False, ""
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if fence and not (is_open and not fence[2]):
            # a fence with a language opens a block even inside another, whose end was forgotten
            is_open, indent = True, fence[1]
            blocks.append([])
        elif fence:
            is_open = False
        elif is_open:
            blocks[-1].append(line.removeprefix(indent))
    return [block for block in ("\n".join(lines) for lines in blocks) if block.strip()]


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
    defining = [block for block in blocks if _has_def(block, entry_point)]
    if defining:
        return next((block for block in defining if parsed(block)), defining[0])
    lines = text.split("\n")
    before = "\n".join(lines[: next(index for index, line in enumerate(lines) if _FENCE.match(line))])
    if _has_def(before, entry_point) or (before.strip("\n")[:1].isspace() and continued(prompt, before)):
        return _unfenced(before, entry_point, prompt)
    joined = next((program for program in (continued(prompt, block) for block in blocks) if program), None)
    return joined or next((block for block in blocks if parsed(block)), blocks[0])


def _unfenced(text: str, entry_point: str, prompt: str) -> str:
    lines = text.split("\n")
    begins = next((index for index, line in enumerate(lines) if _BEGINS.match(line)), None)
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


def _ended(prompt: str) -> str:
    return prompt if prompt.endswith("\n") else f"{prompt}\n"


def _has_def(code: str, entry_point: str) -> bool:
    return re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}\b", code, re.MULTILINE) is not None
