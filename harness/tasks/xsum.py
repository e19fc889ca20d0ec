"""XSUM: one sentence about a news report, scored by ROUGE-L F1 (rouge-score, stemmed).

Example: {"document": "The full cost of damage in Newton Stewart ...", "summary": "Clean-up operations are ...",
"id": "35232142"}

Asked in the paper's words. Unlike the paper, the test split and not the validation split is summarised (its own
selection items are validation items), decoding is greedy, and an answer ends after 96 tokens, not 8,192. Within 96
a gold sentence that is repeated for ever keeps a ROUGE-L of .4, within 8,192 less than .01. So a summary that repeats
itself until it is cut scores 0; `extra["written"]` is what its 96 tokens would have scored.
"""

from collections.abc import Sequence

from harness.tasks.data import hub_rows
from harness.tasks.headlines import rouge_l
from harness.tasks.layouts import LAYOUTS, rows_of
from harness.tasks.outcome import Outcome
from harness.tasks.source import Files, Source
from harness.tasks.subset import seeded_subset
from harness.tasks.task import Item, Requests, Split, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest

FILE = "summarization/xsum_test1000.jsonl.gz"
INSTRUCTION = "Please provide a concise one-sentence summary of the following article."
ITEMS = 1000
MAX_NEW_TOKENS = 96  # a gold summary has about 25
_SHORTEST_REPEAT = 8  # words that must be seen again, so that "very very very" is no loop


def load(source: Source, split: Split) -> list[Item]:
    """1000 test items of a data folder or of the hub's `EdinburghNLP/xsum`; the other splits are the hub's validation.

    Of the hub's 11,334 test items a seeded thousand is taken, the paper's number.

    Raises:
        BadInput: the data cannot be read.
    """
    rows = rows_of(source, FILE, "test") if split == "test" else hub_rows(LAYOUTS[FILE].source, None, "validation")
    items = [{**row, "id": f"xsum|{row['id']}"} for row in rows]
    if split == "test":
        items = [items[index] for index in seeded_subset([item["id"] for item in items], ITEMS, 0, "xsum")]
    return {"test": items, "calibration": items[::2], "selection": items[1::2]}[split]


def ask(item: Item) -> list[Requests]:
    """The report as a user turn."""
    return [GenerationRequest(f"{INSTRUCTION}\n\n{item['document'].strip()}", MAX_NEW_TOKENS)]


def repeats_itself(text: str) -> bool:
    """Whether a text ends in words that it has said just before: a run of _SHORTEST_REPEAT words or more, twice."""
    said = text.split()
    for words in (said, said[:-1]):  # the last word may be cut in two
        for period in range(1, len(words) // 2 + 1):
            again = max(period, _SHORTEST_REPEAT)
            if again + period <= len(words) and words[-again:] == words[-again - period : -period]:
                return True
    return False


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """ROUGE-L against the gold summary; 0 for one that was cut while it repeated itself."""
    answer = generated(answers)
    cut, written = unfinished(answer), rouge_l(item["summary"], answer.text)
    looping = cut is not None and (cut == "loop" or repeats_itself(answer.text))
    label = "loop" if looping else cut or "summary"
    return Outcome(item["id"], 0.0 if looping else written, label, answer.text, {"written": written})


XSUM = Task("xsum", "summary", 0.0, load, ask, judge, Files((FILE,)))
