"""inspect_ai's logs: one archive that it wrote, and what its members come to when packed again."""

import json
import zipfile
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.gate.pairs import pair
from harness.gate.read import read
from harness.gate.readers.inspect_log import _archive

WRITTEN = Path(__file__).parent / "data" / "inspect_which.eval"


@pytest.fixture
def parts():
    """Header and summaries of the archive."""
    return _archive(WRITTEN)


def packed(path, header, samples):
    """The same as an archive that Python's own zip packs."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(header))
        archive.writestr("summaries.json", json.dumps(samples))
    return str(path)


def test_its_own_archive_is_read():
    """Packed with zstd; scores by scorer, guessing by the options."""
    log = read(str(WRITTEN))
    task = log.tasks["which"]

    assert (log.tool, log.model) == ("inspect_ai", "mockllm/model")
    assert sorted(task.items) == [f"q{n}" for n in range(6)]
    assert {item.scores["choice"] for item in task.items.values()} <= {0.0, 1.0}
    assert task.chance == {"choice": 0.25}
    assert task.settings["epochs"] == "1"
    assert '"multiple_choice"' in task.settings["solvers"]


def test_a_json_log_says_the_same(tmp_path, parts):
    """The other of inspect_ai's formats."""
    header, samples = parts
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"version": 2, "status": "success", **header, "samples": samples}))

    assert read(str(path)).tasks == read(str(WRITTEN)).tasks


def test_a_packing_that_python_knows_is_read(tmp_path, parts):
    """Older versions wrote deflate."""
    assert read(packed(tmp_path / "a.eval", *parts)).tasks == read(str(WRITTEN)).tasks


def test_a_run_that_did_not_end_is_read_from_its_journal(tmp_path, parts):
    """And said to be one; what is missing is not paired."""
    header, samples = parts
    path = tmp_path / "a.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_journal/start.json", json.dumps({"eval": header["eval"], "plan": header["plan"]}))
        archive.writestr("_journal/summaries/1.json", json.dumps(samples[:4]))
    log = read(str(path))

    assert log.notes == ("a.eval ended with status 'started'",)
    assert "2 of 6 items could not be paired" in pair(read(str(WRITTEN)), log).tasks[0].problems[0]


@pytest.mark.parametrize(("value", "score"), [
    ("C", 1.0), ("I", 0.0), ("P", 0.5), ("N", 0.0), (True, True), (0.25, 0.25), ("yes", 1.0), ("B", "B"),
])  # fmt: skip
def test_values_are_what_inspect_makes_of_them(tmp_path, parts, value, score):
    """Correct, incorrect, partial, no answer, and numbers; a letter is no score."""
    header, samples = parts
    samples[0]["scores"] = {"choice": {"value": value}}
    task = read(packed(tmp_path / "a.eval", header, samples)).tasks["which"]

    assert task.items["q0"].scores == {"choice": score}


def test_a_score_of_parts_is_several_metrics(tmp_path, parts):
    """Each under the scorer's name."""
    header, samples = parts
    samples[0]["scores"] = {"judge": {"value": {"style": 0.5, "truth": 1}}}

    scores = read(packed(tmp_path / "a.eval", header, samples)).tasks["which"].items["q0"].scores
    assert scores == {"judge/style": 0.5, "judge/truth": 1}


def test_epochs_are_averaged_and_it_is_said(tmp_path, parts):
    """An item that was asked twice is one item."""
    header, samples = parts
    again = [{**sample, "epoch": 2, "scores": {"choice": {"value": "I"}}} for sample in samples]
    for sample in samples:
        sample["scores"] = {"choice": {"value": "C"}}
    log = read(packed(tmp_path / "a.eval", header, [*samples, *again]))

    assert {item.scores["choice"] for item in log.tasks["which"].items.values()} == {0.5}
    assert log.notes == ("which: an item's score is its mean over the epochs",)


def test_a_sample_that_is_there_twice_is_named(tmp_path, parts):
    """In one epoch."""
    header, samples = parts
    with pytest.raises(BadInput, match="sample 'q0' is in the log twice in epoch 1"):
        read(packed(tmp_path / "a.eval", header, [*samples, samples[0]]))


def test_a_sample_that_failed_has_no_score(tmp_path, parts):
    """It is not wrong."""
    header, samples = parts
    samples[2] |= {"scores": None, "error": "timeout"}
    log = read(packed(tmp_path / "a.eval", header, samples))

    assert "1 without a score in one of the two" in pair(read(str(WRITTEN)), log).tasks[0].problems[0]


@pytest.mark.parametrize(("change", "said"), [
    (lambda header, samples: header["plan"]["steps"][0].update(solver="chain_of_thought"), "solvers is"),
    (lambda header, samples: header["plan"]["config"].update(temperature=0.7), "temperature is null"),
    (lambda header, samples: header["eval"].update(task_version=2), "task_version is 0 for the base and 2"),
    (lambda header, samples: samples[1].update(input="Which?"), "1 of 6 items were asked with another prompt"),
    (lambda header, samples: samples[1].update(target="C"), "such as q1"),
])  # fmt: skip
def test_what_was_asked_otherwise_is_named(tmp_path, parts, change, said):
    """Solvers, generation, version, texts."""
    change(*parts)
    other = read(packed(tmp_path / "a.eval", *parts))

    assert said in "; ".join(pair(read(str(WRITTEN)), other).tasks[0].problems)


def test_ids_of_messages_are_no_difference(tmp_path, parts):
    """They are drawn anew in every run."""
    header, samples = parts
    logs = []
    for run in ("x", "y"):
        samples[0]["input"] = [{"id": run, "role": "user", "content": "Which?"}]
        logs.append(read(packed(tmp_path / f"{run}.eval", header, samples)))

    assert pair(*logs).tasks[0].problems == ()


def test_two_logs_of_a_task_are_refused(tmp_path, parts):
    """A folder of all runs of a week."""
    packed(tmp_path / "a.eval", *parts)
    packed(tmp_path / "b.eval", *parts)

    with pytest.raises(BadInput, match=r"two logs of task 'which' \(the second is b.eval\); name one of them"):
        read(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", WRITTEN.read_bytes()[:5000]])
def test_a_broken_archive_is_a_sentence(tmp_path, content):
    """A copy that was cut off."""
    (tmp_path / "a.eval").write_bytes(content)

    with pytest.raises(BadInput, match="cannot be read as a log of inspect_ai"):
        read(str(tmp_path / "a.eval"))
