"""GSM8K: prompt, extraction, equality, judging."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks import gsm8k
from harness.tasks.source import Folder
from harness.text.requests import Generation

NUMBERS = st.integers(-(10**9), 10**9)
WORDS = st.text("abc \n.,", max_size=30)


def test_the_prompt_is_instruction_and_question():
    """The paper's system text opens the user turn."""
    expected = "Please reason step by step, and put your final answer within \\boxed{}.\n\nHow many?"
    assert gsm8k.prompt("How many?") == expected


@settings(deadline=None)  # the first call imports math-verify
@given(number=NUMBERS, before=WORDS, after=WORDS)
def test_a_boxed_number_is_extracted_from_any_prose(number, before, after):
    """What stands in the box comes out, strict and flexible alike."""
    text = f"{before}\\boxed{{{number}}} {after}"
    assert gsm8k.extract_strict(text) == str(number)
    assert gsm8k.extract_flexible(text) == str(number)


@settings(deadline=None)  # the first call imports math-verify
@given(first=NUMBERS, last=NUMBERS, between=WORDS)
def test_the_last_box_counts(first, last, between):
    """A corrected answer replaces the first one."""
    assert gsm8k.extract_strict(f"\\boxed{{{first}}}{between}\\boxed{{{last}}}") == str(last)


@settings(deadline=None)  # the first call imports math-verify
@given(number=st.integers(0, 10**9), before=WORDS)
def test_the_last_number_is_what_flexible_falls_back_on(number, before):
    """Without a stated answer strict finds nothing and flexible the last number, separators removed."""
    text = f"{before} 7 and ${number:,}."
    assert gsm8k.extract_strict(text) is None
    assert gsm8k.extract_flexible(text) == str(number)


@settings(deadline=None)  # the first call imports math-verify
@given(number=NUMBERS)
def test_a_gold_answer_is_read_back(number):
    """Gold answers and answers in GSM8K's own format are read the same."""
    text = f"2 * 3 = <<2*3=6>>6\n#### {number:,}"
    assert gsm8k.gold_answer(text) == str(number)
    assert gsm8k.extract_strict(text) == str(number)


@settings(deadline=None)  # the first call imports math-verify
@given(st.text(max_size=200))
def test_extraction_never_fails(text):
    """Any text gives an answer or None, and strict implies flexible."""
    strict = gsm8k.extract_strict(text)
    assert strict is None or gsm8k.extract_flexible(text) == strict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\boxed{\frac{36}{2}}", r"\frac{36}{2}"),
        (r"\boxed{5} then \boxed{6", "5"),
        (r"so \boxed{}", None),
        ("no number", None),
        ("costs $1,234.50 in all", "1234.50"),
        ("from 3 to -4", "-4"),
    ],
)
def test_extraction_examples(text, expected):
    """Nested braces, unclosed boxes, money and signs."""
    assert gsm8k.extract_flexible(text) == expected


@settings(deadline=None)  # the first call imports math-verify
@given(number=NUMBERS)
def test_a_number_equals_itself_and_not_its_successor(number):
    """Exact equality of plain numbers."""
    assert gsm8k.is_equal(str(number), str(number))
    assert not gsm8k.is_equal(str(number + 1), str(number))


@pytest.mark.parametrize(
    ("extracted", "gold", "equal"),
    [
        ("18.00", "18", True),
        (r"\$18", "18", True),
        ("1,234", "1234", True),
        (r"\frac{36}{2}", "18", True),
        (r"18\text{ dollars}", "18", True),
        ("18 dollars", "18", True),
        ("x = 18", "18", True),
        ("-5", "5", False),
        ("", "18", False),
        ("eighteen", "18", False),
        ("2^{10^{9}}", "18", False),
        ("9" * 5000, "18", False),
    ],
)
def test_equality_examples(extracted, gold, equal):
    """Notation and units do not matter, values do, and nothing costly is computed."""
    assert gsm8k.is_equal(extracted, gold) is equal


@pytest.mark.parametrize(
    ("text", "finish", "score", "label", "strict"),
    [
        (r"\boxed{18}", "stop", 1.0, "right", 1.0),
        ("it is 18", "stop", 1.0, "right", 0.0),
        ("it is 17", "stop", 0.0, "wrong", 0.0),
        ("no idea", "stop", 0.0, "not extracted", 0.0),
        (r"\boxed{2 hours 18 minutes}", "stop", 0.0, "not extracted", 0.0),
        (r"\boxed{eighteen}", "stop", 0.0, "not extracted", 0.0),
        ("it is twice 18", "stop", 0.0, "not extracted", 0.0),
        ("9 + 9 = 18", "length", 0.0, "truncated", 0.0),
        (r"\boxed{18} 1 1 1", "loop", 1.0, "right", 1.0),
        ("2 2 2 18", "loop", 0.0, "loop", 0.0),
    ],
)
def test_judging(text, finish, score, label, strict):
    """Unfinished answers count only by what they state."""
    item = {"id": "gsm8k|test|0", "question": "?", "answer": "#### 18"}
    outcome = gsm8k.judge(item, [Generation(text, 5, finish)])
    assert (outcome.score, outcome.label, outcome.extra["strict"]) == (score, label, strict)


def test_splits_share_no_item(tmp_path):
    """Calibration and selection divide the train split; test is the test split."""
    (tmp_path / "math").mkdir()
    for source, count in (("train", 7), ("test", 3)):
        rows = [json.dumps({"question": f"{source} {index}", "answer": "#### 1"}) for index in range(count)]
        (tmp_path / "math" / f"gsm8k_{source}.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    loaded = {split: gsm8k.load(Folder(tmp_path), split) for split in ("test", "selection", "calibration")}
    assert {split: len(items) for split, items in loaded.items()} == {"test": 3, "selection": 3, "calibration": 4}
    assert len({item["id"] for items in loaded.values() for item in items}) == 10
    assert len({item["question"] for items in loaded.values() for item in items}) == 10


def test_a_gold_answer_without_a_number_is_refused():
    """Data that is not GSM8K is refused."""
    with pytest.raises(BadInput, match="has no '#### number'"):
        gsm8k.gold_answer("eighteen")


@pytest.mark.parametrize(
    ("question", "text", "right"),
    [
        ("How many dozens of eggs will she eat?", r"\boxed{7 \text{ dozen}}", True),
        ("How many dozens of eggs will she eat?", r"\boxed{7}", True),
        ("How many dozen does he need?", "so she needs 7 dozen.", True),
        ("How many eggs will she eat?", r"\boxed{7 \text{ dozen}}", False),
        ("How many eggs are in a dozen boxes?", "so she needs 7 dozen.", False),
        ("How much, in thousands of dollars, does he pay?", r"\boxed{\$7 \text{ thousand}}", True),
        ("How many thousands of dollars?", r"\boxed{7 \text{ dozen}}", False),
    ],
)
def test_a_question_that_asks_in_dozens_is_answered_in_dozens(question, text, right):
    """Four test questions of GSM8K ask so; elsewhere 7 dozen are 84."""
    outcome = gsm8k.judge({"id": "g", "question": question, "answer": "#### 7"}, [Generation(text, 5, "stop")])
    assert outcome.score == float(right)


@pytest.mark.parametrize(
    ("text", "vote"),
    [
        (r"\boxed{18}", 18),
        (r"\boxed{\$18.00}", 18),
        ("18 eggs", 18),
        (r"\boxed{9 + 9}", 18),
        (r"\boxed{x}", "x"),
        ("none", None),
    ],
)
def test_equal_answers_have_one_vote_however_they_are_written(text, vote):
    """What is put to a vote is the value."""
    assert gsm8k.final(text) == vote


@given(NUMBERS, NUMBERS, st.sampled_from(["stop", "length", "loop"]))
@settings(deadline=None)
def test_an_unfinished_answer_counts_by_what_it_states(gold, said, finish):
    """A boxed number is an answer wherever the text was cut; the last number of a cut text is none."""
    item = {"id": "g", "question": "How many?", "answer": f"#### {gold:,}"}
    boxed, prose = ([Generation(text, 5, finish)] for text in (rf"9, so \boxed{{{said}}} 7", f"9 and = {said}"))
    assert gsm8k.judge(item, boxed).score == float(gold == said)
    outcome = gsm8k.judge(item, prose)
    assert outcome.score == float(gold == said and finish == "stop")
    assert outcome.extra["strict"] == 0.0


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("#### 2. Add both\nso 18", None),
        ("#### 18\nand more", "18"),
        ("#### **18 eggs**", "18"),
        ("#### \u221218", "-18"),
        ("#### The answer is 18", "18"),
        ("#### Step 1: think", None),
        ("####\n18", "18"),
        ("#### 3\n#### 18", "18"),
    ],
)
def test_what_follows_the_hashes_is_stated(text, stated):
    """A number, in any notation; a numbered heading of Markdown is none."""
    assert gsm8k.extract_strict(text) == stated
