"""Fresh items: in the format of the published ones, none of them, the same on every machine."""

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.subject import Subject
from harness.subject.beside import beside_fresh
from harness.tasks import arithmetic, gsm8k
from harness.tasks.fresh import COUNTERPARTS, ITEMS, Fresh, calculations, parse_fresh, problems
from harness.tasks.source import Bundled, Folder
from harness.tasks.suite import TASKS


def digest(items):
    """Names what items say."""
    return hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()[:12]


def test_items_are_the_same_everywhere():
    """Seed 0 is these items, on any machine and any Python; another seed is others."""
    assert digest(problems(0)) == "ee5f790f3a52"
    assert digest(calculations(0, ())) == "caf8bc1688b6"
    assert len({item["question"] for item in problems(1)} & {item["question"] for item in problems(0)}) < ITEMS / 50


def test_no_two_word_problems_are_alike():
    """Also where only the numbers would be told apart by their ids."""
    items = problems(0)

    assert len({item["question"] for item in items}) == len({item["id"] for item in items}) == ITEMS
    assert len({item["kind"] for item in items}) > 20


@given(st.integers(0, 2**40))
def test_calculations_are_right_and_laid_out_as_published(seed):
    """Python, asked anew, finds every result."""
    for item in calculations(seed, (), 20):
        (asked,) = re.fullmatch(r"\n\nQ: What is (\([1-9] [-+*] [1-9]\) [-+*] [1-9])\?\n\nA:", item["context"]).groups()
        assert item["completion"] == f" {eval(asked)}"


def test_published_calculations_and_shots_are_left_out(real_data):
    """None of the file's 2,000 is asked again, nor one of the three that the prompt solves."""
    published = {item["context"] for item in arithmetic.load(Folder(real_data), "test")}
    fresh = TASKS["arithmetic_fresh"].load(Folder(real_data), "test")

    assert len(fresh) == ITEMS
    assert not published & {item["context"] for item in fresh}
    assert not any(question in item["context"] for item in fresh for question, _ in arithmetic.SHOTS)


def test_no_word_problem_is_one_of_gsm8k(real_data):
    """Names, numbers, case and punctuation aside."""
    published = [item["question"] for split in ("test", "calibration", "selection") for item in
                 gsm8k.load(Folder(real_data), split)]  # fmt: skip
    fresh = [item["question"] for item in problems(0)]

    assert len(published) > 8000
    assert not set(map(bare, published)) & set(map(bare, fresh))


def bare(question):
    """A question without names, numbers, case and punctuation."""
    return " ".join(re.sub(r"[^a-z ]+", "", re.sub(r"\b[A-Z]\w*|\d+", "", question)).split())


def test_the_mini_world_has_fresh_items_that_no_split_holds():
    """They are of the share of all items that training leaves out, and in no other file."""
    for name in ("word_problems", "arithmetic"):
        known = {
            item["id"] for split in ("test", "selection", "calibration") for item in TASKS[name].load(Bundled(), split)
        }
        fresh = [item["id"] for item in TASKS[f"{name}_fresh"].load(Bundled(), "test")]
        assert len(set(fresh)) == 300
        assert not known & set(fresh)


@pytest.mark.parametrize("name", COUNTERPARTS)
def test_a_fresh_task_is_asked_and_judged_as_its_published_one(name, real_data):
    """Only the items differ, so that a difference of scores is one of the items."""
    published, fresh = TASKS[name], COUNTERPARTS[name](3)

    assert (fresh.ask, fresh.judge, fresh.kind, fresh.chance) == (
        published.ask, published.judge, published.kind, published.chance
    )  # fmt: skip
    item = fresh.load(Folder(real_data), "test")[0]
    assert type(fresh.ask(item)[0]) is type(published.ask(published.load(Folder(real_data), "test")[0])[0])
    with pytest.raises(BadInput, match="has no calibration items: all of its items are for testing"):
        fresh.load(Folder(real_data), "calibration")


@pytest.mark.parametrize(
    ("text", "expected"), [("200", Fresh(200, 0)), ("60:7", Fresh(60, 7)), ("1000:0", Fresh(1000, 0))]
)
def test_the_option_is_a_number_and_perhaps_a_seed(text, expected):
    """`--fresh 200` or `--fresh 200:7`."""
    assert parse_fresh(text) == expected


@pytest.mark.parametrize("text", ["", "many", "0", "1001", "5:x", "5:-1", "-3"])
def test_other_values_are_refused(text):
    """One sentence with the value and what was expected."""
    with pytest.raises(BadInput, match=f"--fresh {re.escape(text)}: expected "):
        parse_fresh(text)


def test_published_and_fresh_items_are_compared_beside_a_claim(tiny):
    """Only where fresh items are asked for, and only of tasks that have such; a whole model keeps all of both."""
    subject = Subject(tiny, "tiny", Bundled(), 8, None, fresh=Fresh(6, 1))
    base = subject.evaluate(subject.whole, ["word_problems", "facts"])
    found = beside_fresh(subject, subject.whole, base, base)["fresh"]

    assert found.keys() == {"word_problems"}
    difference = found["word_problems"]
    assert (difference.published.items, difference.fresh.items) == (8, 6)
    assert difference.retention.estimate == 0
    assert beside_fresh(Subject(tiny, "tiny", Bundled(), 8, None), subject.whole, base, base) == {}
