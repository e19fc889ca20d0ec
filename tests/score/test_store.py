"""Answers on disk, shared by processes."""

import hashlib
import io
import itertools
import json
from dataclasses import asdict

import pytest

from harness.errors import BadInput
from harness.journal import written
from harness.rules import rules
from harness.score.scorer import Scorer
from harness.score.store import Store, request_key
from harness.text.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    Sampling,
)

ANSWER = LogLikelihood(-1.5, is_greedy=True)
ANSWERS = {"a" * 32: ANSWER, "b" * 32: NextToken((-0.5, -2.0)), "c" * 32: Generation("héllo } \n", 3, "stop")}


@pytest.fixture
def told():
    """What stores said."""
    return []


@pytest.fixture
def opened(tmp_path, told):
    """Opens the answers of a model; versions can be named."""
    return lambda made=None: Store(tmp_path, "f", made, tell=told.append)


def test_what_another_process_adds_is_seen_after_a_refresh(tmp_path):
    """Two stores of one fingerprint share a file."""
    first, second = Store(tmp_path, "f"), Store(tmp_path, "f")
    first.put({"a": ANSWER})

    assert second.get("a") is None
    second.refresh()
    assert second.get("a") == ANSWER
    second.put({"b": Generation("x", 1, "stop")})
    first.refresh()
    assert first.get("b") == Generation("x", 1, "stop")


def test_another_models_answers_are_not_seen(tmp_path):
    """One file a fingerprint."""
    Store(tmp_path, "f").put({"a": ANSWER})

    assert Store(tmp_path, "g").get("a") is None


def test_a_line_cut_short_is_computed_again_and_harms_no_other(opened, told):
    """A crash in the middle of a line loses that answer only, wherever it was cut, and nobody is told."""
    store = opened()
    store.put(ANSWERS)
    whole = store.path.read_bytes()
    last = whole.rstrip().rindex(b"\n") + 1
    for end in range(last, len(whole), 7):
        store.path.write_bytes(whole[:end])
        opened().put({"d": ANSWER})
        read = opened()
        assert [read.get(key) for key in ("a" * 32, "b" * 32, "d")] == [ANSWER, ANSWERS["b" * 32], ANSWER]
        assert read.get("c" * 32) in (None, ANSWERS["c" * 32])
    assert [line for line in told if "c" * 32 not in line] == []


def test_a_line_that_is_being_written_is_read_when_it_is_whole(opened, told):
    """A reader that comes between two writes of one line loses nothing."""
    store, reader = opened(), opened()
    store.put(ANSWERS)
    whole = store.path.read_bytes()
    for end in (5, 60, len(whole) - 9, len(whole)):
        store.path.write_bytes(whole[:end])
        reader.refresh()
    assert reader.answers == ANSWERS
    assert told == []


def test_no_flipped_bit_changes_an_answer(opened, told):
    """Every bit of every byte: an answer is as it was or it is computed again, and then the damage is forgotten."""
    store = opened()
    store.put(ANSWERS)
    whole = bytearray(store.path.read_bytes())
    for place, bit in itertools.product(range(0, len(whole), 3), range(0, 8, 2)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        store.path.write_bytes(damaged)
        assert all(answer == ANSWERS.get(key) for key, answer in opened().answers.items())


def test_a_damaged_line_is_named_set_aside_and_computed_again(opened, told):
    """It is said once, with file, place and key; the file keeps the evidence."""
    store = opened()
    store.put(ANSWERS)
    text = store.path.read_bytes()
    store.path.write_bytes(text.replace(b"-1.5", b"-3.5"))

    read = opened()
    assert read.get("a" * 32) is None
    (line,) = told
    assert str(store.path) in line
    assert f"(key '{'a' * 32}') is damaged: set aside, and computed again" in line
    assert line.endswith("(the whole store: python -m harness store verify)")

    told.clear()
    read.put({"a" * 32: ANSWER})
    again = opened()
    assert again.answers == ANSWERS
    assert told == []
    assert b"-3.5" in store.path.read_bytes()


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "LogLikelihood", "answer": None},
        {"kind": "LogLikelihood", "answer": "text"},
        {"kind": "LogLikelihood", "answer": [1]},
        {"kind": "LogLikelihood", "answer": {"value": "-1.0", "is_greedy": True}},
        {"kind": "LogLikelihood", "answer": {"value": -1.0, "is_greedy": 3}},
        {"kind": "LogLikelihood", "answer": {"value": -1.0}},
        {"kind": "LogLikelihood", "answer": {"value": -1.0, "is_greedy": True, "more": 1}},
        {"kind": "NextToken", "answer": {"log_probabilities": [1.0, None]}},
        {"kind": "NextToken", "answer": {"log_probabilities": 5}},
        {"kind": "Generation", "answer": {"text": 7, "tokens": 1, "finish": "stop"}},
        {"kind": "Generation", "answer": {"text": "a", "tokens": 1, "finish": "whenever"}},
        {"kind": "Unheard", "answer": {}},
        {"kind": ["a"], "answer": {}},
        {"answer": {}},
        ["a list"],
        5,
    ],
)
def test_rows_of_the_wrong_kind_are_named_and_computed_again(opened, told, row):
    """Whatever a line holds, it is no traceback, with a right checksum too."""
    store = opened()
    store.put(ANSWERS)
    fields = row if isinstance(row, dict) else {"row": row}
    with store.path.open("ab") as file:
        file.write(written({"key": "k", "by": "x", **fields}) + b"\n" + json.dumps(row).encode() + b"\n")

    read = opened()
    assert read.answers == ANSWERS
    assert told


def test_a_scorer_says_what_is_damaged_and_asks_again(tiny, tmp_path):
    """Where its bars are drawn; a check goes on."""
    request, said = [LogLikelihoodRequest("tom has 3", " apples")], io.StringIO()
    answers = Scorer(tiny.model, tiny.tokenizer, tmp_path).log_likelihoods(request)
    (path,) = tmp_path.glob("*.jsonl")
    path.write_text(path.read_text().replace('"kind"', '"kin"'))

    assert Scorer(tiny.model, tiny.tokenizer, tmp_path, progress=said).log_likelihoods(request) == answers
    assert "is damaged: set aside, and computed again" in said.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000 + b"}",
        b'{"key": "k", "answer": ' + b"9" * 5000 + b"}",
        b"\xff\xfe}",
        b"\0}",
        b"}",
        b"null",
        b"{}",
    ],
    ids=["deep nesting", "5000 digits", "no text", "zeros", "a brace", "null", "empty"],
)
def test_lines_that_are_no_rows_are_no_traceback(opened, line):
    """Deep nesting, huge numbers, bytes."""
    store = opened()
    store.put(ANSWERS)
    with store.path.open("ab") as file:
        file.write(b"\n" + line + b"\n")
    assert opened().answers == ANSWERS


def test_a_folder_in_place_of_the_file_is_one_sentence(tmp_path):
    """It is named, with what to do."""
    (tmp_path / "f.jsonl").mkdir()
    with pytest.raises(BadInput, match=r"f\.jsonl cannot be read \(Is a directory\); remove it, or name another"):
        Store(tmp_path, "f")


def test_answers_say_with_what_they_were_made(opened):
    """Those of other versions or another device are known when they are read back; one's own are not told apart."""
    old, new = {"torch": "2.8", "device": "cpu"}, {"torch": "2.13", "device": "cpu"}
    opened(old).put({"a": ANSWER})
    store = opened(new)
    store.put({"b": ANSWER})

    assert (store.maker("a"), store.maker("b")) == (old, None)
    assert opened(old).maker("a") is None
    first = json.loads(store.path.read_text().split("\n")[1])
    assert first["made"] == old


def test_two_processes_leave_a_batch_to_each_other(tmp_path):
    """A batch that another process works on is put off, then read; a batch's lock does not stay."""
    first, second = Store(tmp_path, "f"), Store(tmp_path, "f")
    with first.working_on(["a", "b"], wait=False) as mine:
        assert mine
        with second.working_on(["b", "a"], wait=False) as theirs:
            assert not theirs
        with second.working_on(["c"], wait=False) as theirs:
            assert theirs
        first.put({"a": ANSWER})
    with second.working_on(["a", "b"], wait=True) as theirs:
        assert theirs
        assert second.get("a") == ANSWER
    assert not list(tmp_path.glob("*.busy"))


def test_keys_name_requests_tokenizers_and_forms():
    """The same words asked otherwise are another question."""
    plain, chat = GenerationRequest("hi", 5, chat=False), GenerationRequest("hi", 5)

    assert request_key(plain, "t") != request_key(chat, "t") != request_key(chat, "u")
    assert request_key(LogLikelihoodRequest("a", "b"), "t") != request_key(LogLikelihoodRequest("ab", ""), "t")


def test_a_key_is_of_every_field_that_is_on():
    """The slow way: the request as a dictionary, its sampling too, without what is off."""
    for request in (
        GenerationRequest("hi", 5, chat=False, stop=("a", "b")),
        GenerationRequest("hi", 5, sampling=Sampling(1.0, 0.5, 3), thinking=True),
        LogLikelihoodRequest("a", "b"),
    ):
        fields = {name: value for name, value in asdict(request).items() if value is not None and value is not False}
        text = json.dumps([rules("answers"), type(request).__name__, fields, ["context"]], sort_keys=True)
        assert request_key(request, ["context"]) == hashlib.sha256(text.encode()).hexdigest()[:32]
