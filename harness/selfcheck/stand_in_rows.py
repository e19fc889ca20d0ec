"""Invented rows in the layout of the real data folder, file by file. No item is taken from a benchmark."""

import random
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

ITEMS = 4  # of a task; few, because every variant of every model answers them
TRAIN_ITEMS = 240  # calibration draws 100 from every second one
EXAMPLES_TO_LEARN = 32  # of a recovery: three steps or more of the paper's batch once empty answers are left out
EXAMPLES = 5  # of a few-shot file
_THINGS = ("lantern", "bucket", "kite", "ladder", "basket", "whistle", "blanket", "anchor")
_COLOURS = ("red", "green", "blue", "yellow")


def described(draw: random.Random) -> str:
    """A thing in three words."""
    return f"a {draw.choice(_COLOURS)} {draw.choice(_THINGS)}"


def _box(index: int, draw: random.Random) -> str:
    return f"Box {index} holds {described(draw)} and {draw.randint(2, 60)} pegs."


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
CHOICES: dict[str, tuple[str, Callable[[int], Row]]] = {
    "arc_easy": ("classification/arc_easy_test.jsonl.gz", _letter),
    "arc_challenge": ("classification/arc_challenge_test.jsonl.gz", _letter),
    "openbookqa": ("classification/openbookqa_test.jsonl.gz", _letter),
    "hellaswag": ("classification/hellaswag_validation.jsonl.gz", lambda index: {"label": str(index)}),
    "piqa": ("classification/piqa_validation.jsonl.gz", lambda index: {"label": index}),
    "winogrande": ("classification/winogrande_xl_validation.jsonl.gz", lambda index: {"answer": str(index + 1)}),
    "mmlu": ("classification/mmlu_test.jsonl.gz", lambda index: {"answer": index}),
}
FILES: tuple[tuple[str, Callable[[int, random.Random], Row], int], ...] = (
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
