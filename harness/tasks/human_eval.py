r"""HumanEval+ (EvalPlus 0.1.10) asked as a chat: finish a function that is given with its docstring.

Example: {"task_id": "HumanEval/0", "prompt": "from typing import List\n\n\ndef has_close_elements(...", "entry_point":
"has_close_elements", "canonical_solution": "...", "test": "def check(candidate):\n    inputs = [...]\n    results ..."}

Unlike the paper there is no half-written answer to go on from, decoding is greedy, and the program is found by
`code_text`. The headline score counts base and plus tests together, as the paper's does.
"""

from harness.errors import BadInput
from harness.tasks.eval_plus import MAX_NEW_TOKENS, judge_with
from harness.tasks.layouts import rows_of
from harness.tasks.programs import programs
from harness.tasks.source import Files, Source
from harness.tasks.task import Item, Requests, Split, require_test
from harness.text.requests import GenerationRequest

PLUS, BASE = "code/HumanEvalPlus-OriginFmt.jsonl.gz", "code/HumanEval.jsonl.gz"
INSTRUCTION = "Complete this Python function. Answer with the whole function in one code block, without explanations."


def load(source: Source, split: Split) -> list[Item]:
    """The 164 problems, of a data folder or of the hub's `evalplus/humanevalplus` and `openai/openai_humaneval`.

    Raises:
        BadInput: another split than `test` is asked for, or the data cannot be read.
    """
    require_test("HumanEval+", split)
    plus = rows_of(source, PLUS, "test")
    base = rows_of(source, BASE, "test")
    original = {str(row["task_id"]): row for row in base}
    return [_item(row, original) for row in plus]


def _item(row: Item, original: dict[str, Item]) -> Item:
    name = str(row["task_id"])
    if name not in original:
        raise BadInput(f"{name} of HumanEval+ is missing from HumanEval; expected the same 164 problems in both files")
    return {
        "id": name,
        "prompt": row["prompt"],
        "entry_point": row["entry_point"],
        "reference": f"{row['prompt']}{row['canonical_solution']}",
        "base_test": f"{original[name]['test']}\n\ncheck(_recorder)",
        "test": row["test"],
    }


def ask(item: Item) -> list[Requests]:
    """The function's head as a user turn."""
    return [GenerationRequest(f"{INSTRUCTION}\n\n```python\n{item['prompt'].strip()}\n```", MAX_NEW_TOKENS)]


HUMAN_EVAL = programs("human_eval_plus", load, ask, judge_with(lambda item: str(item["prompt"])), Files((PLUS, BASE)))
