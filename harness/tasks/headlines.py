"""The mini-world's summaries: one headline an article, scored by ROUGE-L F1 (rouge-score, stemmed, as for XSUM)."""

from collections.abc import Sequence

from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest

MAX_NEW_TOKENS = 32  # a gold headline has 7


def rouge_l(gold: str, text: str) -> float:
    """ROUGE-L F1 in [0, 1]."""
    from rouge_score.rouge_scorer import RougeScorer

    return float(RougeScorer(["rougeL"], use_stemmer=True).score(gold, text)["rougeL"].fmeasure)


def ask(item: Item) -> list[Requests]:
    """The article as a user turn."""
    return [GenerationRequest(f"{item['document']} headline :", MAX_NEW_TOKENS)]


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """ROUGE-L against the gold headline."""
    answer = generated(answers)
    score = rouge_l(item["summary"], answer.text)
    label = unfinished(answer) or ("right" if answer.text.strip() == item["summary"] else "different")
    return Outcome(item["id"], score, label, answer.text)


HEADLINES = Task("headlines", "summary", 0.0, mini_world("headlines"), ask, judge)
