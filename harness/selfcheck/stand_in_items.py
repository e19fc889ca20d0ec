"""Invented items in the layout of the real data folder, for `--dry-run`; and answers that make them worth counting.

A random model knows nothing: it would score 0 on what it generates, where retention is undefined, and no better than
chance on choices. So the right option of most choices is made the one that the random model prefers, and most generated
tasks find a right answer of the unpruned model in the store, as if a run had been stopped and went on. The variant
without layer 0 finds some too, so that not all layers look alike in a sweep; every other variant answers for itself. No
item is taken from a benchmark.
"""

import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.prune.surgery import prune_layers
from harness.score.scorer import Scorer
from harness.selfcheck.stand_in_rows import CHOICES, FILES, Row, described
from harness.tasks.arithmetic import DIGITS
from harness.tasks.crossed import FORMS
from harness.tasks.data import read_jsonl
from harness.tasks.judged import judged
from harness.tasks.lm_eval_tasks import CLASSIFICATION, run_lm_eval
from harness.tasks.running_text import CORPORA
from harness.tasks.source import Folder
from harness.tasks.suite import ARITHMETIC, TASKS
from harness.tasks.task import Requests, Task
from harness.text.requests import Answer, Generation, GenerationRequest, LogLikelihood, LogLikelihoodRequest, NextToken
from harness.tiers import TIERS

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


RUNNING_SENTENCES = 16_000  # of 4 words: more than the gpu tier's 128 x 256 tokens
_SPOILT = 4  # every fourth item stays wrong, so that the base is good but not perfect


def write_dry_data(folder: Path, seed: int = 0) -> Path:
    """Write a handful of invented items of every benchmark into `folder`."""
    draw = random.Random(seed)  # noqa: S311  # invented items, no secret
    for relative, make, count in FILES:
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, [make(index, draw) for index in range(count)])
    running = folder / CORPORA["wikitext2"]
    running.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(running, "wt", encoding="utf-8") as file:
        file.write(" ".join(f"{described(draw)} ." for _ in range(RUNNING_SENTENCES)))
    return folder


def favour_base(data: Path, loaded: "LoadedModel", store: Path) -> None:
    """Make the items of `data` ones that `loaded`, a random model, is good at; see the module's text."""
    scorer = Scorer(loaded.model, loaded.tokenizer, store)
    for result in run_lm_eval(CLASSIFICATION, scorer, Folder(data), None, 0):
        relative, gold = CHOICES[result.task]
        rows = read_jsonl(data / relative)
        preferred = [int(outcome.response) for outcome in result.outcomes]
        options = round(1 / result.chance)
        right = [(best + _is_spoilt(index)) % options for index, best in enumerate(preferred)]
        _write(data / relative, [row | gold(index) for row, index in zip(rows, right, strict=True)])
    without = Scorer(prune_layers(loaded.model, [0]), loaded.tokenizer, store)
    for name in sorted(_tasks_of_the_tier()):
        _store_right_answers(TASKS[name], (scorer, without), Folder(data))


def _is_spoilt(index: int) -> bool:
    return index % _SPOILT == _SPOILT - 1


def _tasks_of_the_tier() -> set[str]:
    forms = {name for form in FORMS["gpu"] for name in (form.generated, form.choice or form.generated)}
    tier = TIERS["gpu"]
    named = [*tier.generative, *tier.reasoning, *tier.robust, *tier.code, *ARITHMETIC]
    return {*named, *forms} & TASKS.keys()


def _store_right_answers(task: Task, scorers: Sequence[Scorer], folder: Folder) -> None:
    """Keep, for most items, an imaginable answer that the task itself judges right."""
    items = task.load(folder, "test")
    asked = [task.ask(item) for item in items]
    imagined = [
        [_answers(requests, text, number) for number, text in enumerate(_texts(item))]
        for item, requests in zip(items, asked, strict=True)
    ]
    for answers in zip(*imagined, strict=True):  # all items at once: a code task starts its sandbox every time
        for index, outcome in enumerate(judged(task, items, answers)):
            if outcome.score == 1 and not _is_spoilt(index):
                for scorer in scorers:
                    keys = [scorer.key(request) for request in asked[index]]
                    scorer.store.put(dict(zip(keys, answers[index], strict=True)))


def _texts(item: Row) -> list[str]:
    """What an answer could be, whatever the benchmark: a program, or one of the fields that hold answers."""
    solution = str(item.get("reference", ""))
    fields = [str(item.get(key, "")) for key in ("completion", "answer", "summary", "answerKey")]
    return [f"```python\n{solution}```", solution, *fields, *[""] * len(DIGITS)][: len(DIGITS)]


def _answers(requests: Sequence[Requests], text: str, number: int) -> tuple[Answer, ...]:
    """`text` for a generation; else option `number` preferred to all others."""
    answers: list[Answer] = []
    for place, request in enumerate(requests):
        if isinstance(request, GenerationRequest):
            answers.append(Generation(text, len(text.split()) + 1, "stop"))
        elif isinstance(request, LogLikelihoodRequest):
            answers.append(LogLikelihood(-1.0 - (place != number), is_greedy=False))
        else:
            answers.append(NextToken(tuple(-1.0 - (digit != number) for digit in range(len(request.candidates)))))
    return tuple(answers)


def _write(path: Path, rows: list[Row]) -> None:
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
