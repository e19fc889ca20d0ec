"""What a right answer of an item says, for whoever reads what models answered. Decides nothing. Pure."""

from harness.tasks.gsm8k import gold_answer
from harness.tasks.task import Item, Task

_WRITTEN = ("summary", "target", "reference", "canonical_solution")
"""Fields that hold a right answer as it is: a summary, closing brackets, a program."""


def expected(task: Task, item: Item) -> str | None:
    """The right answer; of several ways to write it, one. None where the item names none."""
    if "choices" in item:
        options = dict(zip(item["choices"]["label"], item["choices"]["text"], strict=True))
        letter = str(item["answerKey"])
        return f"{letter}. {options[letter]}" if task.kind == "letter" else str(options[letter])
    if "completion" in item:
        value = str(item["completion"]).strip()
        return value.lstrip("-")[:1] if task.name.startswith("arithmetic_first_digit") else value
    if task.kind in ("number", "choice") and "answer" in item:
        return gold_answer(str(item["answer"]))
    return next((str(item[name]).strip() for name in _WRITTEN if name in item), None)
