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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.prune.surgery import prune_layers
from harness.score.scorer import Scorer
from harness.score.store import Answer
from harness.tasks.arithmetic import DIGITS
from harness.tasks.crossed import FORMS
from harness.tasks.data import read_jsonl
from harness.tasks.lm_eval_tasks import CLASSIFICATION, run_lm_eval
from harness.tasks.running_text import CORPORA
from harness.tasks.suite import ARITHMETIC, TASKS
from harness.tasks.task import Requests, Task
from harness.text.requests import Generation, GenerationRequest, LogLikelihood, LogLikelihoodRequest, NextToken
from harness.tiers import TIERS

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

Row = dict[str, Any]

ITEMS = 4  # of a task; few, because every variant of every model answers them
TRAIN_ITEMS = 240  # calibration draws 100 from every second one
EXAMPLES_TO_LEARN = 32  # of a recovery: three steps or more of the paper's batch once empty answers are left out
EXAMPLES = 5  # of a few-shot file
RUNNING_SENTENCES = 16_000  # of 4 words: more than the gpu tier's 128 x 256 tokens
_SPOILT = 4  # every fourth item stays wrong, so that the base is good but not perfect
_THINGS = ("lantern", "bucket", "kite", "ladder", "basket", "whistle", "blanket", "anchor")
_COLOURS = ("red", "green", "blue", "yellow")


def write_dry_data(folder: Path, seed: int = 0) -> Path:
    """Write a handful of invented items of every benchmark into `folder`."""
    draw = random.Random(seed)  # noqa: S311  # invented items, no secret
    for relative, make, count in _FILES:
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, [make(index, draw) for index in range(count)])
    running = folder / CORPORA["wikitext2"]
    running.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(running, "wt", encoding="utf-8") as file:
        file.write(" ".join(f"a {draw.choice(_COLOURS)} {draw.choice(_THINGS)} ." for _ in range(RUNNING_SENTENCES)))
    return folder


def favour_base(data: Path, loaded: "LoadedModel", store: Path) -> None:
    """Make the items of `data` ones that `loaded`, a random model, is good at; see the module's text."""
    scorer = Scorer(loaded.model, loaded.tokenizer, store)
    for result in run_lm_eval(CLASSIFICATION, scorer, data, None, 0):
        relative, gold = _CHOICES[result.task]
        rows = read_jsonl(data / relative)
        preferred = [int(outcome.response) for outcome in result.outcomes]
        options = round(1 / result.chance)
        right = [(best + _is_spoilt(index)) % options for index, best in enumerate(preferred)]
        _write(data / relative, [row | gold(index) for row, index in zip(rows, right, strict=True)])
    without = Scorer(prune_layers(loaded.model, [0]), loaded.tokenizer, store)
    for name in sorted(_tasks_of_the_tier()):
        _store_right_answers(TASKS[name], (scorer, without), data)


def _is_spoilt(index: int) -> bool:
    return index % _SPOILT == _SPOILT - 1


def _tasks_of_the_tier() -> set[str]:
    forms = {name for form in FORMS["gpu"] for name in (form.generated, form.choice or form.generated)}
    tier = TIERS["gpu"]
    named = [*tier.generative, *tier.reasoning, *tier.robust, *tier.code, *ARITHMETIC]
    return {*named, *forms} & TASKS.keys()


def _store_right_answers(task: Task, scorers: Sequence[Scorer], data: Path) -> None:
    """Keep, for most items, an imaginable answer that the task itself judges right."""
    items = task.load(data, "test")
    asked = [task.ask(item) for item in items]
    imagined = [
        [_answers(requests, text, number) for number, text in enumerate(_texts(item))]
        for item, requests in zip(items, asked, strict=True)
    ]
    for answers in zip(*imagined, strict=True):  # all items at once: a code task starts its sandbox every time
        for index, outcome in enumerate(task.judge(items, answers)):
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


def _box(index: int, draw: random.Random) -> str:
    return f"Box {index} holds a {draw.choice(_COLOURS)} {draw.choice(_THINGS)} and {draw.randint(2, 60)} pegs."


def _arc(index: int, draw: random.Random) -> Row:
    choices = {"text": list(_COLOURS), "label": list("ABCD")}
    return {"id": f"dry-{index}", "question": _box(index, draw), "choices": choices, "answerKey": "A"}


def _openbookqa(index: int, draw: random.Random) -> Row:
    row = _arc(index, draw)
    return {"question_stem": row.pop("question"), **row}


def _hellaswag(index: int, draw: random.Random) -> Row:
    start, end = _box(index, draw), "Then somebody"
    endings = [f"opens the {colour} lid." for colour in _COLOURS]
    return {
        "ind": index, "activity_label": "Sorting boxes", "ctx_a": start, "ctx_b": end, "ctx": f"{start} {end}",
        "endings": endings, "source_id": f"dry~{index}", "split": "val", "split_type": "zeroshot", "label": "0",
    }  # fmt: skip


def _piqa(index: int, draw: random.Random) -> Row:
    thing = draw.choice(_THINGS)
    return {"goal": f"Dry a {thing} ({index}).", "sol1": f"Hang the {thing}.", "sol2": f"Sink the {thing}.", "label": 0}


def _winogrande(index: int, draw: random.Random) -> Row:
    first, second = draw.sample(_THINGS, 2)
    sentence = f"In box {index} the {first} hid the {second} because the _ was big."
    return {"sentence": sentence, "option1": first, "option2": second, "answer": "1"}


def _mmlu(index: int, draw: random.Random) -> Row:
    subject = ("box_colours", "peg_counting")[index % 2]
    return {"subject": subject, "question": _box(index, draw), "choices": list(_COLOURS), "answer": 0}


def _gsm8k(index: int, draw: random.Random) -> Row:
    first, second = draw.randint(2, 60), draw.randint(2, 60)
    shelf = draw.randint(1000, 9999)
    question = f"Shelf {index}-{shelf} has {first} pegs and gets {second} more. How many pegs has it?"
    return {"question": question, "answer": f"{first} + {second} = {first + second}\n#### {first + second}"}


def _arithmetic(index: int, draw: random.Random) -> Row:
    a, b, c = index % 9 + 1, draw.randint(1, 9), draw.randint(1, 9)
    return {"context": f"\n\nQ: What is ({a} - {b}) * {c}?\n\nA:", "completion": f" {(a - b) * c}"}


def _program(index: int) -> tuple[str, str, str, str, str]:
    """Name, wish and body of a function, a test of its own, and the literals of EvalPlus."""
    name, step = f"move_pegs_{index}", index + 2
    calls: list[list[int]] = [[1, 2], [], [0, -5, 9]]
    results = [[number + step for number in pegs] for pegs in calls]
    literals = f"inputs = {[[pegs] for pegs in calls]}\n    results = {results}"
    return name, f"Add {step} to every number.", f"[number + {step} for number in pegs]", "[1, 2]", literals


def _human_eval(index: int, draw: random.Random) -> Row:  # noqa: ARG001  # one signature for all
    name, wish, value, _, literals = _program(index)
    return {
        "task_id": f"HumanEval/{index}", "prompt": f'def {name}(pegs):\n    """{wish}\n    """\n', "entry_point": name,
        "canonical_solution": f"\n    return {value}\n", "test": f"def check(candidate):\n    {literals}\n",
    }  # fmt: skip


def _human_eval_base(index: int, draw: random.Random) -> Row:
    _, _, _, first, _ = _program(index)
    return _human_eval(index, draw) | {"test": f"def check(candidate):\n    assert len(candidate({first})) == 2\n"}


def _mbpp(index: int, draw: random.Random) -> Row:  # noqa: ARG001  # one signature for all
    name, wish, value, first, literals = _program(index)
    return {
        "task_id": index, "prompt": wish, "code": f"\ndef {name}(pegs):\n    return {value}\n", "source_file": "dry",
        "test_imports": [], "test_list": [f"assert len({name}({first})) == 2"],
        "test": literals.replace("\n    ", "\n"),
    }  # fmt: skip


def _xsum(index: int, draw: random.Random) -> Row:
    report = " ".join(_box(number, draw) for number in range(3))
    return {"document": f"{report}\nNobody asked why.", "summary": f"Three boxes of shelf {index} were opened.",
            "id": f"dry{index}"}  # fmt: skip


def _instruction(index: int, draw: random.Random) -> Row:
    thing, colour = draw.choice(_THINGS), draw.choice(_COLOURS)
    return {
        "instruction": f"Describe thing {index} in one sentence.",
        "input": f"{colour} {thing}",
        "output": f"It is a {thing}, and somebody painted it {colour}.",
    }


def _letter(index: int) -> Row:
    return {"answerKey": "ABCD"[index]}


# file of the evaluated split, and how its row says that an option is the right one
_CHOICES: dict[str, tuple[str, Callable[[int], Row]]] = {
    "arc_easy": ("classification/arc_easy_test.jsonl.gz", _letter),
    "arc_challenge": ("classification/arc_challenge_test.jsonl.gz", _letter),
    "openbookqa": ("classification/openbookqa_test.jsonl.gz", _letter),
    "hellaswag": ("classification/hellaswag_validation.jsonl.gz", lambda index: {"label": str(index)}),
    "piqa": ("classification/piqa_validation.jsonl.gz", lambda index: {"label": index}),
    "winogrande": ("classification/winogrande_xl_validation.jsonl.gz", lambda index: {"answer": str(index + 1)}),
    "mmlu": ("classification/mmlu_test.jsonl.gz", lambda index: {"answer": index}),
}
_FILES: tuple[tuple[str, Callable[[int, random.Random], Row], int], ...] = (
    ("classification/arc_easy_test.jsonl.gz", _arc, ITEMS),
    ("classification/arc_easy_train.jsonl.gz", _arc, EXAMPLES),
    ("classification/arc_challenge_test.jsonl.gz", _arc, ITEMS),
    ("classification/arc_challenge_train.jsonl.gz", _arc, EXAMPLES),
    ("classification/openbookqa_test.jsonl.gz", _openbookqa, ITEMS),
    ("classification/openbookqa_train.jsonl.gz", _openbookqa, EXAMPLES),
    ("classification/hellaswag_validation.jsonl.gz", _hellaswag, ITEMS),
    ("classification/piqa_validation.jsonl.gz", _piqa, ITEMS),
    ("classification/winogrande_xl_validation.jsonl.gz", _winogrande, ITEMS),
    ("classification/mmlu_test.jsonl.gz", _mmlu, ITEMS),
    ("fewshot/hellaswag_olmes5.jsonl", _hellaswag, EXAMPLES),
    ("fewshot/piqa_olmes5.jsonl", _piqa, EXAMPLES),
    ("fewshot/winogrande_olmes5.jsonl", _winogrande, EXAMPLES),
    ("math/gsm8k_test.jsonl.gz", _gsm8k, ITEMS),
    ("math/gsm8k_train.jsonl.gz", _gsm8k, TRAIN_ITEMS),
    ("arithmetic/single_digit_three_ops.jsonl", _arithmetic, ITEMS),
    ("code/HumanEvalPlus-OriginFmt.jsonl.gz", _human_eval, ITEMS),
    ("code/HumanEval.jsonl.gz", _human_eval_base, ITEMS),
    ("code/MbppPlus-OriginFmt.jsonl.gz", _mbpp, ITEMS),
    ("summarization/xsum_test1000.jsonl.gz", _xsum, ITEMS),
    ("sft/alpaca_en_demo.jsonl.gz", _instruction, EXAMPLES_TO_LEARN),
)
