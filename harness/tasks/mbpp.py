r"""MBPP+ (EvalPlus 0.2.0) asked as a chat: write a function that passes an assertion.

Example: {"task_id": 2, "prompt": "Write a function to find the shared elements from the given two lists.", "code":
"def similar_elements(...", "test_list": ["assert set(similar_elements((3, 4, 5, 6),(5, 7, 4, 10))) == set((4, 5))"],
"test": "inputs = [...]\nresults = [...]"}

The words are the paper's, without its half-written answer; decoding is greedy. Unlike the paper, which runs `test_list`
only, the headline score counts the plus tests too; `extra["base"]` is the paper's.
"""

import ast

from harness.errors import BadInput
from harness.execute.outcome import parsed
from harness.tasks.eval_plus import MAX_NEW_TOKENS, judge_with
from harness.tasks.layouts import rows_of
from harness.tasks.programs import programs
from harness.tasks.source import Files, Source
from harness.tasks.task import Item, Requests, Split, require_test
from harness.text.requests import GenerationRequest

FILE = "code/MbppPlus-OriginFmt.jsonl.gz"
INSTRUCTION = "Write a Python function. Answer with the whole function in one code block, without explanations."


def load(source: Source, split: Split) -> list[Item]:
    """The 378 problems, of a data folder or of the hub's `evalplus/mbppplus`.

    Raises:
        BadInput: another split than `test` is asked for, or the data cannot be read.
    """
    require_test("MBPP+", split)
    return [_item(row) for row in rows_of(source, FILE, "test")]


def _item(row: Item) -> Item:
    name, imports = f"Mbpp/{row['task_id']}", "\n".join(row["test_imports"])
    return {
        "id": name,
        "prompt": row["prompt"].strip(),
        "assertion": row["test_list"][0].strip(),
        "entry_point": entry_point(row["code"], row["test_list"][0], name),
        "reference": row["code"],
        "base_test": "\n".join([imports, *row["test_list"]]),
        "test": row["test"],
    }


def entry_point(code: str, assertion: str, name: str = "") -> str:
    """The function of `code` that `assertion` calls. Pure.

    Raises:
        BadInput: it calls none.
    """
    program, test = parsed(code), parsed(assertion.strip())
    defined = {node.name for node in (program.body if program else ()) if isinstance(node, ast.FunctionDef)}
    called = [node.func.id for node in (ast.walk(test) if test else ())
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]  # fmt: skip
    found = next((function for function in called if function in defined), None)
    if found is None:
        raise BadInput(
            f"{name}: {assertion[:60]!r} calls no function of the reference; expected evalplus/mbppplus rows"
        )
    return found


def ask(item: Item) -> list[Requests]:
    """The wish and the first assertion as a user turn."""
    wish = f"{INSTRUCTION}\n\n{item['prompt']}\nYour code should satisfy the following assertion:\n{item['assertion']}"
    return [GenerationRequest(wish, MAX_NEW_TOKENS)]


MBPP = programs("mbpp_plus", load, ask, judge_with(lambda _: ""), Files((FILE,)))
