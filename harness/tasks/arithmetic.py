r"""Single-digit arithmetic with three numbers (EleutherAI/arithmetic `single_digit_three_ops`), asked in three ways.

- `arithmetic_first_digit`: the paper's probe, its prompt to the letter (`analysis/arithmetic_ablation.ipynb` @ 0890223,
  cell 3): three fixed shots of one line each, though the item's "Answer:" begins a line; the sign of the answer given
  away; the most likely of the ten digit tokens against the answer's first digit.
- `arithmetic`: the sound variant; the same shots laid out as the item is, and the whole answer, generated greedily.
- `arithmetic_answer`: its prompt, and how likely the whole right answer is.

Beyond the paper: `two_digit_addition` and its like, with several digits and one operation, asked as `arithmetic` is.
They are read from a data folder only: the hub's copy is a script, which `datasets` no longer runs.

Example: {"context": "\n\nQ: What is (9 + 8) * 2?\n\nA:", "completion": " 34"}
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial

from harness.errors import BadInput
from harness.models.reference import bundled
from harness.tasks.data import read_jsonl
from harness.tasks.layouts import checked_rows
from harness.tasks.numbers import leading_number as number
from harness.tasks.outcome import Outcome
from harness.tasks.source import Bundled, Files, Source
from harness.tasks.task import Item, Requests, Split, Task, generated, require_test, unfinished
from harness.text.requests import (
    Answer,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
)

FILE = "arithmetic/single_digit_three_ops.jsonl"
READS = Files((FILE,), elsewhere=(Bundled,))
SHOTS = (("(4 * 4) * 1", "16"), ("(8 + 3) * 5", "55"), ("(7 + 5) - 6", "6"))
DIGITS = tuple("0123456789")
MAX_NEW_TOKENS = 8  # the longest answer, -729, with its sign and the token after it
CHANCE_FIRST_DIGIT = 0.1
LOG_PROBABILITY = "log_probability"  # beside a score: of what is right, in nats


def few_shot(context: str) -> str:
    """The prompt of the sound variant: three solved questions, laid out as the item's, then the item's."""
    return _after_shots(context, "\n")


def published_prompt(context: str) -> str:
    """The authors' prompt: as `few_shot`, but each solved question and its answer on one line."""
    return _after_shots(context, " ")


def _after_shots(context: str, between: str) -> str:
    solved = "\n".join(f"Question: What is {question}?{between}Answer: {answer}" for question, answer in SHOTS)
    return solved + context.replace("\n\n", "\n").replace("Q:", "Question:").replace("A:", "Answer:")


def load(source: Source, split: Split) -> list[Item]:
    """Items of the data folder, which are all for testing, or of the mini-world; the three shots are left out.

    Raises:
        BadInput: another split of a data folder is asked for, or the source lacks the file.
    """
    if isinstance(source, Bundled):
        rows = read_jsonl(bundled("data") / "arithmetic" / f"{split}.jsonl")
    else:
        require_test(FILE, split)
        rows = checked_rows(source, FILE)
    shown = {question for question, _ in SHOTS}
    return [item for item in _items(rows) if not any(question in item["context"] for question in shown)]


def _items(rows: Sequence[Item]) -> list[Item]:
    """Rows by question, each once."""
    return list({row["context"]: {"id": row["context"].strip().splitlines()[0], **row} for row in rows}.values())


def load_several_digits(file: str, source: Source, split: Split) -> list[Item]:
    """Items of a file of a data folder, which are all for testing.

    Raises:
        BadInput: another split is asked for, the source is no folder, or it lacks the file.
    """
    require_test(file, split)
    return _items(checked_rows(source, file))


def ask_first_digit(item: Item) -> list[Requests]:
    """Ten candidates for the next token; a negative answer's sign is already written."""
    sign = "-" if _gold(item) < 0 else ""
    return [NextTokenRequest(f"{published_prompt(item['context'])} {sign}", DIGITS)]


def _gold(item: Item) -> Fraction:
    """The right number.

    Raises:
        BadInput: the row states none.
    """
    value = number(item["completion"])
    if value is None:
        raise BadInput(f"{item['id']}: its completion {item['completion']!r} is no number; expected one such as ' 34'")
    return value


def judge_first_digit(item: Item, answers: Sequence[Answer]) -> Outcome:
    """The most likely digit against the first one of the answer; beside it the right digit's log-probability."""
    (answer,) = answers
    assert isinstance(answer, NextToken)
    gold = int(str(int(abs(_gold(item))))[0])
    choice = answer.log_probabilities.index(max(answer.log_probabilities))
    right = choice == gold
    extra = {LOG_PROBABILITY: answer.log_probabilities[gold]}
    return Outcome(item["id"], float(right), "right" if right else "wrong", str(choice), extra)


def ask_answer(item: Item) -> list[Requests]:
    """The right answer as the continuation of the sound variant's prompt."""
    return [LogLikelihoodRequest(few_shot(item["context"]), item["completion"])]


def judge_answer(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Whether every token of the right answer is the first choice; beside it the answer's log-probability, in nats."""
    (answer,) = answers
    assert isinstance(answer, LogLikelihood)
    label, extra = "right" if answer.is_greedy else "wrong", {LOG_PROBABILITY: answer.value}
    return Outcome(item["id"], float(answer.is_greedy), label, item["completion"], extra)


def ask_sum(item: Item) -> list[Requests]:
    """The answer as plain text, up to the next question."""
    stop = ("\n", "Question", "question")
    return [GenerationRequest(few_shot(item["context"]), MAX_NEW_TOKENS, chat=False, stop=stop)]


def judge_sum(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Exact match of the whole number, however it is written (`numbers`)."""
    answer = generated(answers)
    found = number(answer.text)
    right = found == _gold(item)
    label = "right" if right else "not extracted" if found is None else unfinished(answer) or "wrong"
    return Outcome(item["id"], float(right), label, answer.text)


def _several_digits(name: str) -> Task:
    """The questions of a file of this name."""
    file = f"arithmetic/{name}.jsonl"
    return replace(ARITHMETIC, name=name, load=partial(load_several_digits, file), reads=Files((file,), elsewhere=()))


FIRST_DIGIT = Task(
    "arithmetic_first_digit", "choice", CHANCE_FIRST_DIGIT, load, ask_first_digit, judge_first_digit, READS
)
ARITHMETIC = Task("arithmetic", "number", 0.0, load, ask_sum, judge_sum, READS, number)
ANSWER = Task("arithmetic_answer", "number", 0.0, load, ask_answer, judge_answer, READS)
SEVERAL_DIGITS = tuple(
    map(
        _several_digits,
        ("two_digit_addition", "two_digit_subtraction", "three_digit_addition", "two_digit_multiplication"),
    )
)
