import json
import math
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.report.baseline import (
    baseline_of,
    extension,
    item_hash,
    packed,
    read_baseline,
    same_result,
    to_text,
    with_provenance,
)
from harness.report.record import ClaimRecord, Effect, PaperFigure
from harness.score.ledger import Cost
from harness.tasks.outcome import Outcome, TaskResult

RECORD = ClaimRecord(
    "a-claim", "A claim", "tiny", "tiny", "abc", {"method": "reverse", "limit": None}, "reproduced", "because",
    Effect("gap", 0.41237, 0.3, 0.5, 0.95, "fraction"), 0.001, 10, (0, 1), PaperFigure("x", "y"), Cost(1.0, 2, 3, 4, 5),
)  # fmt: skip


def result(*scores, task="facts"):
    """A task result with these scores."""
    return TaskResult(task, "number", 0.0, tuple(Outcome(str(i), score, "", "") for i, score in enumerate(scores)))


RESULTS = {"base": {"facts": result(1.0, 1.0, 0.0)}, "pruned": {"facts": result(0.0, 1.0, 0.0)}}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((1.0, 0.0, 1.0), "101"),
        ((1.0, 0.123456), [1.0, 0.1235]),
        ((math.nan, 0.5), [None, 0.5]),
        ((), ""),
    ],
)
def test_scores_are_packed(scores, expected):
    """Right or wrong as a digit, other scores with four decimals."""
    assert expected == packed(scores)


def test_a_baseline_holds_totals_items_and_seeds():
    """Every variant and task with its total and every item's score."""
    content = baseline_of(RECORD, RESULTS, "pytest")

    assert content["scores"] == {"base | facts": [2.0, 3], "pruned | facts": [1.0, 3]}
    assert content["item_scores"] == {"base | facts": "110", "pruned | facts": "010"}
    assert (content["seeds"], content["effect"]["estimate"]) == ([0, 1], 0.4124)


def test_the_file_is_small_and_readable():
    """Numbers share a line; the rest has one entry a line; the content survives."""
    content = {"item_scores": {"a | b": [0.5, None, 1e-05, -0.25]}, "scores": {"a | b": [1.0, 2]}, "history": []}
    text = to_text(content)

    assert content == json.loads(text)
    assert '"a | b": [0.5, null, 1e-05, -0.25]\n' in text
    assert '"a | b": [1.0, 2]\n' in text


def test_the_reason_is_stored_and_earlier_ones_are_kept():
    """Every update adds what the file said before: reason, date, commit, verdict and effect."""
    today = baseline_of(RECORD, RESULTS, "pytest")
    first = with_provenance(today, None, "first")
    third = with_provenance(today, with_provenance(today, first, "second"), "third")

    assert (first["reason"], first["history"]) == ("first", [])
    assert {"commit", "dirty"} == first["git"].keys()
    assert [entry["reason"] for entry in third["history"]] == ["first", "second"]
    assert third["history"][0]["effect"] == today["effect"]
    assert third["history"][0]["date"] == first["date"]


def test_a_baseline_of_the_first_format_enters_history_without_a_reason():
    """It had none; its effect is kept."""
    (entry,) = with_provenance({}, {"verdict": "reproduced", "effect": {"estimate": 1}}, "new format")["history"]

    assert entry == {"reason": None, "date": None, "git": None, "verdict": "reproduced", "effect": {"estimate": 1}}


def test_provenance_alone_is_no_new_result():
    """Another day, reason, command and cost leave an unchanged result's file as it was."""
    today = baseline_of(RECORD, RESULTS, "pytest")

    assert same_result(with_provenance(today, None, "first"), with_provenance(today, None, "x") | {"command": "y"})
    assert not same_result(today, today | {"item_scores": {}})


def test_an_unchanged_baseline_that_did_not_say_why_learns_it():
    """Its reason, date and command stay, and nothing enters its history."""
    today = baseline_of(RECORD, RESULTS, "pytest")
    old = {name: value for name, value in with_provenance(today, None, "first").items() if name != "because"}

    assert today["because"] == RECORD.reason
    assert with_provenance(today | {"command": "new"}, old, "again") == old | {"because": RECORD.reason}
    for update, matches in ((True, False), (False, True)):
        kind = extension(Path("a.json"), update=update)
        assert kind.matches(None, serialized_data=to_text(today), snapshot_data=to_text(old)) is matches


def test_the_item_hash_covers_tasks_that_only_later_variants_have():
    """A task beside the base's own changes the hash; the order of variants with equal items does not."""
    more = RESULTS | {"recovered": {"facts": result(1.0, 1.0, 1.0), "code": result(1.0, task="code")}}

    assert item_hash(RESULTS) == item_hash(dict(reversed(RESULTS.items())))
    assert item_hash(RESULTS) != item_hash(more)


WHOLE = '{"claim": "a", "model_fingerprint": "f", "params": {}, "verdict": "v", "items": "i"}'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<<<<<<< HEAD\n{}\n=======\n", "cannot be read"),
        ("", "cannot be read"),
        ("[" * 9999, "cannot be read"),
        ("\xff", "is no baseline|cannot be read"),
        ("[]", "a JSON list, expected an object"),
        ("{}", "it lacks 'claim'"),
        ('{"claim": 5}', "'claim' is '5', expected a str"),
        (WHOLE[:-1] + ', "scores": 5}', "'scores' is '5', expected a dict"),
        (WHOLE[:-1] + ', "item_scores": {"t": "2"}}',
         "item scores of 't' are neither 0s and 1s nor numbers"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_baseline_is_named_in_a_sentence(tmp_path, content, sentence):
    """An unfinished merge, a cut file, something else."""
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=rf"a\.json: .*({sentence}).*, or remove it and store it again"):
        read_baseline(path)
    assert read_baseline(tmp_path / "b.json") is None
