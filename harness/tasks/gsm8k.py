r"""GSM8K asked zero-shot as a chat, like the paper: reason step by step, final answer in \boxed{}.

The paper's system text is folded into the user turn, since Gemma's template has no system role. Unlike the paper
(which samples), answers are greedy. An answer cut off before it ended counts only by a stated final answer (boxed or
after `####`): the last number of an unfinished calculation is not an answer.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.score.requests import Generation, GenerationRequest
from harness.score.store import Answer
from harness.tasks.data import rows_of
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Split, Task, unfinished

INSTRUCTION = r"Please reason step by step, and put your final answer within \boxed{}."
MAX_NEW_TOKENS = 400  # tokens; the paper allowed 8192, which only loops and lost answers use up
_NUMBER = re.compile(r"-?\$?\s?(?:\d[\d,]*(?:\.\d+)?|\.\d+)")
_AFTER_HASHES = re.compile(r"####\s*(-?\$?\s?\d[\d,]*(?:\.\d+)?)")
_UNIT = re.compile(r"(?<=\d)\s+[A-Za-z][A-Za-z .]*$")
_COSTLY = re.compile(r"\^|\*\*|!|factorial|binom")
_LONGEST = 100  # characters of an answer; the longest gold answer has 12
_BOXED = "\\boxed{"


def load(data: Path | None, split: Split) -> list[Item]:
    """Items of a data folder, or of the hub's `openai/gsm8k`.

    `test` is the test split; of the train split, even rows are for calibration and odd rows for selection.
    """
    source = "test" if split == "test" else "train"
    rows = rows_of(data, f"math/gsm8k_{source}.jsonl.gz", "openai/gsm8k", source, "main")
    items = [{"id": f"gsm8k|{source}|{index}", **row} for index, row in enumerate(rows)]
    return {"test": items, "calibration": items[::2], "selection": items[1::2]}[split]


def prompt(question: str) -> str:
    """The user turn."""
    return f"{INSTRUCTION}\n\n{question}"


def gold_answer(answer_text: str) -> str:
    """The number after `####` of a gold answer, without thousands separators.

    Raises:
        BadInput: there is none.
    """
    found = _AFTER_HASHES.search(answer_text)
    if not found:
        raise BadInput(f"the gold answer {answer_text[-60:]!r} has no '#### number'; expected GSM8K's own format")
    return _plain_number(found[1])


def extract_strict(text: str) -> str | None:
    r"""What the text states as its answer: the last complete \boxed{...}, else the number after the last `####`."""
    boxed = _last_boxed(text)
    if boxed is not None:
        return boxed
    stated = _AFTER_HASHES.findall(text)
    return _plain_number(stated[-1]) if stated else None


def extract_flexible(text: str) -> str | None:
    """The stated answer, else the last number of the text."""
    stated = extract_strict(text)
    if stated is not None:
        return stated
    numbers = _NUMBER.findall(text)
    return _plain_number(numbers[-1]) if numbers else None


def is_equal(extracted: str, gold: str) -> bool:
    """Whether two answers are the same number, by math-verify. Units after the number do not matter.

    Powers and factorials are refused unread: no GSM8K answer needs one, and 2^{10^9} would be computed for seconds.
    """
    extracted = _UNIT.sub("", extracted)
    if extracted == gold:
        return True
    if len(extracted) > _LONGEST or _COSTLY.search(extracted):
        return False
    from math_verify import parse, verify

    # the library warns on every call without a timeout; its timeouts need SIGALRM, which threads have not and pytest's
    # own timeout uses
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    # gold first: verify is not symmetric, it allows its second argument forms that the first may not have
    wanted, found = (parse(f"\\boxed{{{text}}}", parsing_timeout=None) for text in (gold, extracted))
    return bool(verify(wanted, found, timeout_seconds=None))


def ask(item: Item) -> list[Requests]:
    """The question as a user turn."""
    return [GenerationRequest(prompt(item["question"]), MAX_NEW_TOKENS)]


def judge(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """Equality of the final number; beside it, counting stated answers only."""
    outcomes = []
    for item, (answer,) in zip(items, answers, strict=True):
        assert isinstance(answer, Generation)
        gold, cut = gold_answer(item["answer"]), unfinished(answer)
        stated = extract_strict(answer.text)
        found = stated if cut else extract_flexible(answer.text)
        right = found is not None and is_equal(found, gold)
        label = "right" if right else cut or ("not extracted" if found is None else "wrong")
        strict = stated is not None and right  # a stated answer is what `found` is wherever there is one
        outcomes.append(Outcome(item["id"], float(right), label, answer.text, {"strict": float(strict)}))
    return outcomes


def _last_boxed(text: str) -> str | None:
    start = text.rfind(_BOXED)
    while start >= 0:
        content = _braced(text[start + len(_BOXED) :])
        if content:
            return content
        start = text.rfind(_BOXED, 0, start)
    return None


def _braced(text: str) -> str | None:
    """The text up to the brace that closes it; None where that is missing."""
    depth = 1
    for index, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return text[:index].strip()
    return None


def _plain_number(text: str) -> str:
    return re.sub(r"[$,\s]", "", text)


GSM8K = Task("gsm8k", "generative", 0.0, load, ask, judge)
