"""Outcomes that are kept: what is judged once, what is judged again, and that both come to the same."""

from contextlib import suppress
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.execute import sandbox
from harness.tasks import judged as judging
from harness.tasks.judged import judged, judged_once
from harness.tasks.outcome import Outcome
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.tasks.task import Task
from harness.text.requests import Generation, GenerationRequest, LogLikelihood, LogLikelihoodRequest, NextToken

ITEM, ANSWER = {"id": "i", "question": "how many ?"}, Generation("three", 2, "stop")


def of_ours(function):
    """A test's judge, as if it were one of this package's."""
    function.__module__ = "harness.tasks.stated"
    return function


@pytest.fixture
def counting():
    """A task that counts what it judges."""
    seen = []

    def judge(item, answers):
        seen.append(item["id"])
        return Outcome(item["id"], 0.5, "half", answers[0].text, {"other": 0.25}, steady="late" not in answers[0].text)

    return Task("count", "value", 0.0, None, None, of_ours(judge)), seen


@pytest.fixture(autouse=True)
def _new_processes(monkeypatch):
    """Every call reads the file anew, as another process does."""
    monkeypatch.setattr(judging, "_opened", judging.Kept)


def test_an_answer_is_judged_once(counting, tmp_path):
    """Also by another process, and an answer that two variants give."""
    task, seen = counting
    first = judged_once(task, [ITEM, ITEM], [[ANSWER], [ANSWER]], tmp_path)

    assert judged_once(task, [ITEM], [[ANSWER]], tmp_path) == first[:1] == first[1:]
    assert seen == ["i"]


def test_without_a_store_nothing_is_kept(counting):
    """Every answer is judged."""
    task, seen = counting
    judged_once(task, [ITEM, ITEM], [[ANSWER], [ANSWER]], None)
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("task", "item", "answer", "patched"),
    [
        ({}, ITEM, ANSWER, ("rules", lambda _: "11")),
        ({}, ITEM, ANSWER, ("_versions", lambda: ["3.99", "0.1"])),
        ({"check": lambda: "a program can read files"}, ITEM, ANSWER, None),
        ({"name": "another"}, ITEM, ANSWER, None),
        ({"judge": "another"}, ITEM, ANSWER, None),
        ({}, ITEM | {"question": "how many?"}, ANSWER, None),
        ({}, ITEM, replace(ANSWER, text="three "), None),
        ({}, ITEM, replace(ANSWER, finish="length"), None),
        ({}, ITEM, replace(ANSWER, tokens=3), None),
        ({}, ITEM, replace(ANSWER, in_thought=True), None),
        ({}, ITEM, replace(ANSWER, thought="so"), None),
    ],
    ids=[
        "rules",
        "versions",
        "isolation",
        "task",
        "judge",
        "item",
        "text",
        "finish",
        "tokens",
        "in_thought",
        "thought",
    ],
)
def test_what_an_outcome_depends_on_is_in_its_key(counting, tmp_path, monkeypatch, task, item, answer, patched):
    """Another one of each is judged again."""
    counted, seen = counting
    judged_once(counted, [ITEM], [[ANSWER]], tmp_path)
    if "judge" in task:

        def other(item, answers):
            return counted.judge(item, answers)

        task = {"judge": of_ours(other)}
    if patched:
        monkeypatch.setattr(judging, *patched)
    changed = replace(counted, **task)
    for _ in range(2):
        judged_once(changed, [item], [[answer]], tmp_path)

    assert len(seen) == 2


def test_what_a_busy_machine_can_bring_about_is_judged_again(counting, tmp_path):
    """A program that ran out of time may end another time."""
    task, seen = counting
    for _ in range(3):
        judged_once(task, [ITEM], [[Generation("late", 2, "stop")]], tmp_path)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("source", "steady"),
    [
        ("def f(): return 1", True),
        ("def f(): return g()", True),
        ("def f(:", True),
        ("def f():\n while True: pass", False),
        ("def f(): return 'a' * 10 ** 11", False),
        ("import os\ndef f(): os._exit(1)", False),
    ],
)
def test_programs_that_end_by_themselves_are_steady(source, steady):
    """Those that are stopped for time or memory, or that vanish, are not, whatever their label says."""
    item = {"id": "p", "entry_point": "f", "inputs": [[]], "expected": [1]}
    (outcome,) = judged(TASKS["code"], [item], [[Generation(source, 9, "length")]])
    assert outcome.steady is steady


def test_a_judge_of_another_package_judges_every_time(tmp_path):
    """Nobody tells its code apart; inside one of ours neither."""
    seen = []

    def foreign(item, answers):
        seen.append(item["id"])
        return Outcome(item["id"], 1.0, "right", answers[0].text)

    @of_ours
    def wrapped(item, answers):
        return foreign(item, answers)

    for judge in (foreign, wrapped, wrapped):
        judged_once(Task("count", "value", 0.0, None, None, judge), [ITEM], [[ANSWER]], tmp_path)
    assert len(seen) == 3


def test_a_damaged_outcome_is_named_and_judged_again(counting, tmp_path, capsys):
    """The score on disk is another one than was written."""
    task, seen = counting
    first = judged_once(task, [ITEM], [[ANSWER]], tmp_path)
    path = tmp_path / "judged" / "count.jsonl"
    path.write_bytes(path.read_bytes().replace(b"0.5", b"1.0"))

    assert judged_once(task, [ITEM], [[ANSWER]], tmp_path) == first
    assert len(seen) == 2
    assert f"{path}: the line at byte 1 (key '" in capsys.readouterr().err
    assert judged_once(task, [ITEM], [[ANSWER]], tmp_path) == first
    assert len(seen) == 2
    assert capsys.readouterr().err == ""


def texts_of(item):
    """What a model could have written: the right answer, in some form, and wrong ones."""
    known = [value for value in item.values() if isinstance(value, str)]
    return ["", "def f ( x , y ) : return x + y", "#### 3 .", "3 + 4 = 7 . #### 7 .", *known]


def bundled_tasks():
    """Those whose items are ours."""
    for name, task in TASKS.items():
        with suppress(BadInput):
            task.load(Bundled(), "test")
            yield name


@pytest.mark.parametrize("name", [*bundled_tasks()])
def test_what_is_kept_is_what_judging_anew_says(name, tmp_path, monkeypatch):
    """Every task of the tiny tier, all fields, right and wrong answers; the second time nothing is judged or run."""
    task = TASKS[name]
    items, answers = [], []
    for place, item in enumerate(task.load(Bundled(), "test")[:3]):
        asked = task.ask(item)
        for text in texts_of(item) if isinstance(asked[0], GenerationRequest) else "abc":
            given = []
            while asked:
                given += [_answer(request, text, place) for request in asked]
                asked = task.further(item, given)
            items.append(item)
            answers.append(given)
            asked = task.ask(item)
    anew = judged(task, items, answers)
    judged_once(task, items, answers, tmp_path)
    monkeypatch.setattr(judging, "judged", lambda _task, items, _answers: [] if not items else pytest.fail("judged"))
    if task.kind == "program":
        monkeypatch.setattr(sandbox, "_run_all", lambda _jobs: pytest.fail("run"))
    kept = judged_once(task, items, answers, tmp_path)

    assert [vars(outcome) for outcome in kept] == [vars(outcome) for outcome in anew]


def _answer(request, text, place):
    if isinstance(request, GenerationRequest):
        return Generation(text, len(text), "stop")
    seed = len(str(request)) + len(text) * place
    if isinstance(request, LogLikelihoodRequest):
        return LogLikelihood(-1.0 - seed % 7 / 3, is_greedy=False)
    return NextToken(tuple(-1.0 - (seed + each) % 5 / 3 for each in range(len(request.candidates))))
