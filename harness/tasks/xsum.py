"""XSUM: one sentence about a news report, scored by ROUGE-L F1 (rouge-score, stemmed).

Example: {"document": "The full cost of damage in Newton Stewart ...", "summary": "Clean-up operations are ...",
"id": "35232142"}

Asked in the paper's words. Unlike the paper, the test split and not the validation split is summarised (its own
selection items are validation items), and decoding is greedy.
"""

from collections.abc import Sequence
from pathlib import Path

from harness.score.requests import Generation, GenerationRequest
from harness.score.store import Answer
from harness.tasks.data import hub_rows
from harness.tasks.headlines import rouge_l
from harness.tasks.layout import rows_of
from harness.tasks.outcome import Outcome
from harness.tasks.subset import seeded_subset
from harness.tasks.task import Item, Requests, Split, Task, unfinished

INSTRUCTION = "Please provide a concise one-sentence summary of the following article."
ITEMS = 1000
MAX_NEW_TOKENS = 96  # a gold summary has about 25


def load(data: Path | None, split: Split) -> list[Item]:
    """1000 test items of a data folder or of the hub's `EdinburghNLP/xsum`; the other splits are the hub's validation.

    Of the hub's 11,334 test items a seeded thousand is taken, the paper's number.

    Raises:
        BadInput: the data cannot be read.
    """
    if split == "test":
        rows = rows_of(data, "summarization/xsum_test1000.jsonl.gz", "EdinburghNLP/xsum", "test")
    else:
        rows = hub_rows("EdinburghNLP/xsum", None, "validation")
    items = [{**row, "id": f"xsum|{row['id']}"} for row in rows]
    if split == "test":
        items = [items[index] for index in seeded_subset([item["id"] for item in items], ITEMS, 0, "xsum")]
    return {"test": items, "calibration": items[::2], "selection": items[1::2]}[split]


def ask(item: Item) -> list[Requests]:
    """The report as a user turn."""
    return [GenerationRequest(f"{INSTRUCTION}\n\n{item['document'].strip()}", MAX_NEW_TOKENS)]


def judge(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """ROUGE-L against the gold summary."""
    outcomes = []
    for item, (answer,) in zip(items, answers, strict=True):
        assert isinstance(answer, Generation)
        label = unfinished(answer) or "summary"
        outcomes.append(Outcome(item["id"], rouge_l(item["summary"], answer.text), label, answer.text))
    return outcomes


XSUM = Task("xsum", "summary", 0.0, load, ask, judge)
