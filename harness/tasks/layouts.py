"""The files of a data folder: the columns of each, and its rows, checked before a model is asked anything.

`docs/data.md` holds the same as a table (`table`, held to it by a test). A file may have more columns than these.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness import markdown
from harness.tasks.data import hub_rows, numbered_rows
from harness.tasks.layout import Column, Layout, Row, check
from harness.tasks.numbers import hashed_numbers, leading_number, value_of
from harness.tasks.source import Hub, Source, data_file


def _is_text(value: Any) -> bool:  # noqa: ANN401  # anything that JSON has
    return isinstance(value, str) and bool(value.strip())


def _is_index(value: Any, below: int) -> bool:  # noqa: ANN401
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _are_texts(value: Any, least: int, most: int | None = None) -> bool:  # noqa: ANN401
    return isinstance(value, list) and least <= len(value) <= (most or len(value)) and all(map(_is_text, value))


def _are_choices(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, dict) or not _are_texts(value.get("text"), 2) or not _are_texts(value.get("label"), 2):
        return False
    return len(value["text"]) == len(value["label"]) == len(set(value["label"]))


def _key_among_labels(row: Row) -> str | None:
    labels = row["choices"]["label"]
    return None if row["answerKey"] in labels else f"'answerKey': {row['answerKey']!r} is none of the labels {labels}"


def _text(what: str) -> Column:
    return Column(f"text that is not empty: {what}", _is_text)


_ANY_TEXT = Column("text", lambda value: isinstance(value, str))
_NAME = Column("a text or a whole number: the item's name", lambda value: _is_text(value) or _is_index(value, 10**18))
_KEY = _text("the label of the right option")
_CHOICES = Column('{"text": [...], "label": [...]}, as many labels as options, none empty or twice', _are_choices)
_GSM8K = Layout(
    {
        "question": _text("the question"),
        "answer": Column(
            "text with the number after ####",
            lambda value: _is_text(value) and any(value_of(number) is not None for number in hashed_numbers(value)[:1]),
        ),
    },
    ("question",),
    source="openai/gsm8k",
)
_ARITHMETIC = Layout(
    {
        "context": Column(
            r'text such as "\n\nQ: What is (9 + 8) * 2?\n\nA:"',
            lambda value: isinstance(value, str) and re.search(r"Q:.*[0-9].*A:\s*$", value, re.DOTALL) is not None,
        ),
        "completion": Column(
            'text that is a number, such as " 34"',
            lambda value: isinstance(value, str) and leading_number(value) is not None,
        ),
    },
    ("context",),
    source="EleutherAI/arithmetic",
)
_ARC = Layout(
    {"question": _text("the question"), "choices": _CHOICES, "answerKey": _KEY},
    ("question", "choices"), _key_among_labels, "allenai/ai2_arc",
)  # fmt: skip
_OPENBOOKQA = Layout(
    {"question_stem": _text("the question"), "choices": _CHOICES, "answerKey": _KEY},
    ("question_stem", "choices"), _key_among_labels, "allenai/openbookqa",
)  # fmt: skip
_HELLASWAG = Layout(
    {
        "activity_label": _text("the heading"), "ctx_a": _text("the beginning"), "ctx_b": _ANY_TEXT,
        "endings": Column("a list of four texts", lambda value: _are_texts(value, 4, 4)),
        "label": Column(
            "0, 1, 2 or 3, the index of the right ending (test splits have none)",
            lambda value: _is_index(value, 4) or value in ("0", "1", "2", "3"),
        ),
    },
    ("ctx_a", "ctx_b", "endings"), source="Rowan/hellaswag",
)  # fmt: skip
_PIQA = Layout(
    {
        "goal": _text("the goal"), "sol1": _text("the first option"), "sol2": _text("the second option"),
        "label": Column(
            "0 or 1, the index of the right option (the public test split has -1: no labels)",
            lambda value: _is_index(value, 2),
        ),
    },
    ("goal", "sol1", "sol2"), source="ybisk/piqa",
)  # fmt: skip
_WINOGRANDE = Layout(
    {
        "sentence": Column("text with one _ for the gap", lambda value: _is_text(value) and value.count("_") == 1),
        "option1": _text("the first option"), "option2": _text("the second option"),
        "answer": Column('"1" or "2", the right option (the test split has none)', lambda value: value in ("1", "2")),
    },
    ("sentence", "option1", "option2"), source="allenai/winogrande",
)  # fmt: skip
_MMLU = Layout(
    {
        "subject": _text("the subject"), "question": _text("the question"),
        "choices": Column("a list of four texts", lambda value: _are_texts(value, 4, 4)),
        "answer": Column("0, 1, 2 or 3, the index of the right option", lambda value: _is_index(value, 4)),
    },
    ("subject", "question", "choices"), source="cais/mmlu",
)  # fmt: skip
_PROGRAM_TEST = Column(
    "Python text with literal `inputs` (EvalPlus' -OriginFmt file, not its native one)",
    lambda value: isinstance(value, str) and re.search(r"\binputs\s*=", value) is not None,
)
_HUMAN_EVAL_PLUS = Layout(
    {
        "task_id": _NAME, "prompt": _text("the function's head"), "entry_point": _text("the function's name"),
        "canonical_solution": _text("the function's body"), "test": _PROGRAM_TEST,
    },
    ("task_id",), source="evalplus/humanevalplus",
)  # fmt: skip
_HUMAN_EVAL = Layout(
    {"task_id": _NAME, "test": Column("Python text with check()", lambda value: _is_text(value) and "check" in value)},
    ("task_id",), source="openai/openai_humaneval",
)  # fmt: skip
_MBPP_PLUS = Layout(
    {
        "task_id": _NAME, "prompt": _text("the wish"), "code": _text("the reference solution"),
        "test_imports": Column("a list of texts, which may be empty", lambda value: _are_texts(value, 0)),
        "test_list": Column("a list of assertions", lambda value: _are_texts(value, 1)), "test": _PROGRAM_TEST,
    },
    ("task_id",), source="evalplus/mbppplus",
)  # fmt: skip
_XSUM = Layout(
    {"id": _NAME, "document": _text("the report"), "summary": _text("its gold summary")}, ("document",),
    source="EdinburghNLP/xsum",
)  # fmt: skip


def _examples(layout: Layout) -> Layout:
    """The layout of a file that worked examples come from."""
    return replace(layout, same=())


LAYOUTS: Mapping[str, Layout] = {
    "math/gsm8k_test.jsonl.gz": _GSM8K,
    "math/gsm8k_train.jsonl.gz": _GSM8K,
    "arithmetic/single_digit_three_ops.jsonl": _ARITHMETIC,
    "arithmetic/two_digit_addition.jsonl": _ARITHMETIC,
    "arithmetic/two_digit_subtraction.jsonl": _ARITHMETIC,
    "arithmetic/three_digit_addition.jsonl": _ARITHMETIC,
    "arithmetic/two_digit_multiplication.jsonl": _ARITHMETIC,
    "classification/arc_easy_test.jsonl.gz": _ARC,
    "classification/arc_easy_train.jsonl.gz": _examples(_ARC),
    "classification/arc_challenge_test.jsonl.gz": _ARC,
    "classification/arc_challenge_train.jsonl.gz": _examples(_ARC),
    "classification/openbookqa_test.jsonl.gz": _OPENBOOKQA,
    "classification/openbookqa_train.jsonl.gz": _examples(_OPENBOOKQA),
    "classification/hellaswag_validation.jsonl.gz": _HELLASWAG,
    "fewshot/hellaswag_olmes5.jsonl": _examples(_HELLASWAG),
    "classification/piqa_validation.jsonl.gz": _PIQA,
    "fewshot/piqa_olmes5.jsonl": _examples(_PIQA),
    "classification/winogrande_xl_validation.jsonl.gz": _WINOGRANDE,
    "fewshot/winogrande_olmes5.jsonl": _examples(_WINOGRANDE),
    "classification/mmlu_test.jsonl.gz": _MMLU,
    "code/HumanEvalPlus-OriginFmt.jsonl.gz": _HUMAN_EVAL_PLUS,
    "code/HumanEval.jsonl.gz": _HUMAN_EVAL,
    "code/MbppPlus-OriginFmt.jsonl.gz": _MBPP_PLUS,
    "summarization/xsum_test1000.jsonl.gz": _XSUM,
}
"""The files that tasks read, by their path below the data folder."""


def checked_file(source: Source, relative: str) -> Path:
    """A file of a data folder whose every row is as its layout says.

    Raises:
        BadInput: the source is no folder, the file is missing or damaged, or a row is not.
    """
    path = data_file(source, relative)
    file = path.stat()
    _checked(path, relative, file.st_mtime_ns, file.st_size)
    return path


def checked_rows(source: Source, relative: str) -> list[dict[str, Any]]:
    """The rows of such a file, in order.

    Raises:
        BadInput: as `checked_file`.
    """
    return [row for _, row in numbered_rows(checked_file(source, relative))]


def rows_of(source: Source, relative: str, split: str, config: str | None = None) -> list[dict[str, Any]]:
    """Rows of a data folder's file, checked, or of the data set of the hub that has its layout.

    The hub's columns are typed, and what single rows of it hold cannot be mended here: of it the first row is checked.

    Raises:
        BadInput: the file or the dataset cannot be read, or a row is not as its layout says.
    """
    if not isinstance(source, Hub):
        return checked_rows(source, relative)
    layout = LAYOUTS[relative]
    rows = hub_rows(layout.source, config, split)
    check([(f"{layout.source}, row 0", row) for row in rows[:1]], layout, layout.source)
    return rows


@lru_cache(64)
def _checked(path: Path, relative: str, _modified: int, _size: int) -> None:
    """Read and check once, until the file changes: every variant of a model asks for it again."""
    check(((f"{path}, line {line}", row) for line, row in numbered_rows(path)), LAYOUTS[relative], str(path))


def table(layouts: Mapping[str, Layout] = LAYOUTS) -> str:
    """All layouts as a Markdown table, as `docs/data.md` has it."""
    rows: list[Sequence[str]] = []
    for path, layout in layouts.items():
        names = [path, f"(as {layout.source})"] + [""] * len(layout.columns)
        rows += [
            (f"`{names[place]}`" if place == 0 else names[place], f"`{column}`", kind.kind.replace("|", r"\|"))
            for place, (column, kind) in enumerate(layout.columns.items())
        ]
    return markdown.table(("file", "column", "holds"), rows)
