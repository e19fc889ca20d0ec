r"""GSM8K asked zero-shot as a chat, like the paper: reason step by step, final answer in \boxed{}.

The paper's system text is folded into the user turn, since Gemma's template has no system role. Unlike the paper
(which samples), answers are greedy. An answer cut off before it ended counts only by a stated final answer (boxed or
after `####`): the last number of an unfinished calculation is not an answer.
"""

import re
from collections.abc import Collection, Hashable, Sequence

from harness.errors import BadInput
from harness.tasks.layouts import rows_of
from harness.tasks.number_patterns import SCALES
from harness.tasks.numbers import hashed_numbers, in_its_place, last_number, stated_values, value_of
from harness.tasks.outcome import Outcome
from harness.tasks.source import Files, Source
from harness.tasks.task import Item, Requests, Split, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest

INSTRUCTION = r"Please reason step by step, and put your final answer within \boxed{}."
TEST, TRAIN = "math/gsm8k_test.jsonl.gz", "math/gsm8k_train.jsonl.gz"
READS = Files((TEST,))
MAX_NEW_TOKENS = 400  # tokens; the paper allowed 8192, which only loops and lost answers use up
_BRACES = re.compile(r"\\(?:boxed|fbox)\s*\{|[{}]")
_ASKED_IN = re.compile(rf"\bhow (?:many|much) ({'|'.join(SCALES)})s?\b|\bin ({'|'.join(SCALES)})s\b", re.IGNORECASE)


def load(source: Source, split: Split) -> list[Item]:
    """Items of a data folder, or of the hub's `openai/gsm8k`.

    `test` is the test split; of the train split, even rows are for calibration and odd rows for selection.
    """
    half = "test" if split == "test" else "train"
    rows = rows_of(source, TEST if split == "test" else TRAIN, half, "main")
    items = [row | {"id": f"gsm8k|{half}|{index}"} for index, row in enumerate(rows)]
    return {"test": items, "calibration": items[::2], "selection": items[1::2]}[split]


def prompt(question: str) -> str:
    """The user turn."""
    return f"{INSTRUCTION}\n\n{question}"


def gold_answer(answer_text: str) -> str:
    """The number after `####` of a gold answer, without thousands separators.

    Raises:
        BadInput: there is none.
    """
    stated = hashed_numbers(answer_text)
    if not stated or value_of(stated[0]) is None:
        raise BadInput(f"the gold answer {answer_text[-60:]!r} has no '#### number'; expected GSM8K's own format")
    return stated[0]


def extract_strict(text: str) -> str | None:
    r"""What the text states as its answer: the last complete \boxed{...}, else the number after the last `####`."""
    box = _last_box(text)
    if box is not None:
        start, end = box
        return in_its_place(text[start:end].strip(), text[: text.rindex("\\", 0, start)], text[end + 1 :])
    stated = hashed_numbers(text)
    return stated[-1] if stated else None


def extract_flexible(text: str) -> str | None:
    """The stated answer, else the last number of the text."""
    stated = extract_strict(text)
    return last_number(text) if stated is None else stated


def final(text: str) -> Hashable | None:
    """What a response answers in the end, equal for equal answers however they are written: a value, else words."""
    found = extract_flexible(text)
    value = value_of(found)
    return found if value is None else value


def is_equal(extracted: str, gold: str, units: Collection[str] = ()) -> bool:
    """Whether two answers are the same number, exactly; `numbers` says how they may be written, and `units` what for.

    Checked against math-verify, the judge of the paper, in `tests/tasks/test_numbers.py`. It is not used here: some
    answers keep it busy for minutes, and it takes `18 thousand` for 18 and `18 cm^2` for something else.
    """
    return value_of(gold) in stated_values(extracted, units)


def asked_units(question: str) -> tuple[str, ...]:
    """Words such as `dozen` that a question counts in: the answer to "how many dozens" may be 5 or `5 dozen`."""
    return tuple({(found[1] or found[2]).lower() for found in _ASKED_IN.finditer(question)})


def ask(item: Item) -> list[Requests]:
    """The question as a user turn."""
    return [GenerationRequest(prompt(item["question"]), MAX_NEW_TOKENS)]


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Equality of the final number; beside it, counting stated answers only."""
    answer = generated(answers)
    gold, cut = gold_answer(item["answer"]), unfinished(answer)
    stated = extract_strict(answer.text)
    found = stated if cut else extract_flexible(answer.text)
    values = stated_values(found, asked_units(item["question"])) if found else ()
    right = value_of(gold) in values
    label = "right" if right else cut or ("wrong" if values else "not extracted")
    strict = stated is not None and right  # a stated answer is what `found` is wherever there is one
    return Outcome(item["id"], float(right), label, answer.text, {"strict": float(strict)})


def last_boxed(text: str) -> str | None:
    """The content of the last box that is closed and not empty."""
    box = _last_box(text)
    return text[slice(*box)].strip() if box else None


def _last_box(text: str) -> tuple[int, int] | None:
    """Where that content begins and ends, in one pass over the braces."""
    opened: list[tuple[int, bool]] = []
    best: tuple[int, int] | None = None
    for brace in _BRACES.finditer(text):
        if brace[0] != "}":
            opened.append((brace.end(), brace[0] != "{"))
        elif opened:
            start, is_box = opened.pop()
            if is_box and (best is None or start > best[0]) and text[start : brace.start()].strip():
                best = start, brace.start()
    return best


GSM8K = Task("gsm8k", "number", 0.0, load, ask, judge, READS, final)
