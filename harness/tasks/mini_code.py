"""The mini-world's code: a recipe becomes a Python function, judged by running it in the sandbox.

Example: {"prompt": "write f of x and y : start with x , add 12 , then multiply by y .", "entry_point": "f",
"inputs": [[0, 0], [3, 2]], "expected": [0, 30]}. The expected values never enter the sandbox.
"""

from collections.abc import Sequence

from harness.execute.program import Program
from harness.execute.sandbox import run_programs
from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.programs import program_outcome, programs
from harness.tasks.task import Item, Requests
from harness.text.requests import Answer, Generation, GenerationRequest

MAX_NEW_TOKENS = 80  # the longest gold answer has 66


def ask(item: Item) -> list[Requests]:
    """The recipe as a user turn."""
    return [GenerationRequest(item["prompt"], MAX_NEW_TOKENS)]


def judge_all(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """Right when every input gives the expected value."""
    given = [answer for (answer,) in answers if isinstance(answer, Generation)]
    written = [
        Program(answer.text, item["entry_point"], tuple(tuple(arguments) for arguments in item["inputs"]))
        for item, answer in zip(items, given, strict=True)
    ]
    return [
        program_outcome(
            item["id"],
            answer,
            answer.text,
            execution,
            right=execution.outcome == "ok" and list(execution.values) == item["expected"],
        )
        for item, answer, execution in zip(items, given, run_programs(written), strict=True)
    ]


CODE = programs("code", mini_world("code"), ask, judge_all)
