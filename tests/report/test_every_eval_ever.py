"""A report in the schema of Every Eval Ever, held to a copy of it (MIT, from its repository at 9bce4136)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.report.every_eval_ever import write_every_eval_ever
from harness.report.items import write_items
from harness.report.names import record_name
from harness.report.verdicts import write_verdicts
from harness.tasks.outcome import Outcome, TaskResult
from tests.report.pages import RECORD

SCHEMAS = Path(__file__).parent / "every_eval_ever"
ENVIRONMENT = {"versions": {"layer-pruning-checks": "0.1.0", "transformers": "5"}, "time": "2026-11-27T18:24:35+00:00"}
OTHER = replace(RECORD, params={"method": "other", "chat_template": "plain"}, measurements={"removed": "5-7"})
FIRST = replace(RECORD, params={"method": "reverse", "chat_template": "plain"}, measurements={"removed": "9-11"})


def results(*scores, task="gsm8k"):
    """Results of one task."""
    outcomes = [Outcome(f"{task}|{i}", score, "right", f"said {i}", finish="stop") for i, score in enumerate(scores)]
    return {task: TaskResult(task, "number", 0.0, tuple(outcomes))}


@pytest.fixture
def folder(tmp_path):
    """Two rows of one model; the second asked it more items."""
    write_verdicts(tmp_path, [FIRST, OTHER], ENVIRONMENT)
    texts = {("gsm8k", "gsm8k|0"): {"prompt": "how many", "expected": "3"}}
    write_items(tmp_path, record_name(FIRST), {"base": results(1.0, 0.0), "pruned": results(0.0, 0.0)}, texts)
    later = {"base": results(1.0, 0.0, 1.0), "pruned": results(0.5, 0.25, 1.0, task="headlines")}
    write_items(tmp_path, record_name(OTHER), later, texts)
    undefined = tmp_path / "items" / record_name(OTHER) / "pruned.jsonl"
    undefined.write_text(undefined.read_text().replace('"score": 0.25', '"score": null'))
    return tmp_path


def read(paths):
    """Model's name -> the aggregate, and its samples."""
    read = [json.loads(path.read_text()) for path in paths]
    samples = [path.with_name(f"{path.stem}_samples.jsonl").read_text().splitlines() for path in paths]
    return {
        one["model_info"]["name"]: (one, list(map(json.loads, lines))) for one, lines in zip(read, samples, strict=True)
    }


def test_what_is_written_is_valid(folder):
    """Aggregates and every item, by the published schemas; the one names the other's place, sum and rows."""
    jsonschema = pytest.importorskip("jsonschema", reason="needs jsonschema, which `make setup` installs")
    of_scores, of_items = (
        jsonschema.Draft7Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))
        for name in ("eval", "instance_level_eval")
    )
    paths = write_every_eval_ever(folder, folder / "out")
    for aggregate, samples in read(paths).values():
        of_scores.validate(aggregate)
        assert [list(of_items.iter_errors(sample)) for sample in samples] == [[]] * len(samples)
        assert aggregate["detailed_evaluation_results"]["total_rows"] == len(samples)
        assert {sample["evaluation_id"] for sample in samples} == {aggregate["evaluation_id"]}
        place = folder / "out" / aggregate["detailed_evaluation_results"]["file_path"]
        assert place.with_name(place.name.replace("_samples.jsonl", ".json")) in paths


def test_an_unpruned_model_is_one_model_in_all_rows(folder):
    """Its items are those of all rows, each once; variants are models of their own that say what was removed."""
    found = read(write_every_eval_ever(folder, folder / "out"))
    base, first, other = (found[name] for name in sorted(found, key=len))

    assert len(found) == 3
    assert base[0]["evaluation_results"][0]["score_details"]["score"] == pytest.approx(2 / 3)
    assert [sample["sample_id"] for sample in base[1]] == ["gsm8k|0", "gsm8k|1", "gsm8k|2"]
    removed = [one[0]["model_info"]["additional_details"].get("removed") for one in (base, first, other)]
    assert (removed[0], {*removed[1:]}) == (None, {"5-7", "9-11"})


def test_a_model_that_thought_is_not_the_one_that_did_not(tmp_path):
    """The same weights, asked in another way: neither's items stand for the other's, and their ids differ."""
    rows = [replace(FIRST, params={"method": "reverse", "thinking": how}) for how in ("off", "on (512 tokens)")]
    write_verdicts(tmp_path, rows, ENVIRONMENT)
    for row, score in zip(rows, (0.0, 1.0), strict=True):
        write_items(tmp_path, record_name(row), {"base": results(score)})

    found = [json.loads(path.read_text()) for path in write_every_eval_ever(tmp_path, tmp_path / "out")]
    scores = {
        one["model_info"]["additional_details"]["thinking"]: one["evaluation_results"][0]["score_details"]["score"]
        for one in found
    }
    assert scores == {"off": 0.0, "on (512 tokens)": 1.0}
    assert len({one["model_info"]["id"] for one in found}) == 2


def test_variants_of_two_rows_are_two_models(tmp_path):
    """Repaired on other texts, trained by another recipe, or of another claim: no id is given twice."""
    other = {"method": "reverse", "calibration": "wikitext2:8x64"}
    rows = [FIRST, replace(FIRST, params=other), replace(FIRST, claim="b-claim")]
    write_verdicts(tmp_path, rows, ENVIRONMENT)
    for row in rows:
        write_items(tmp_path, record_name(row), {"repaired by bias": results(1.0)})

    found = [json.loads(path.read_text()) for path in write_every_eval_ever(tmp_path, tmp_path / "out")]
    assert len({one["model_info"]["id"] for one in found}) == len({one["evaluation_id"] for one in found}) == 3
    assert {one["model_info"]["additional_details"]["row"] for one in found} == set(map(record_name, rows))


def test_a_row_of_an_earlier_run_is_written_as_of_that_run(tmp_path):
    """With its time and its versions; an unpruned model that two versions asked is written once of each."""
    earlier = {"versions": {"layer-pruning-checks": "0.0.9", "transformers": "4"}, "time": "2026-11-01T00:00:00+00:00"}
    for row, environment in ((FIRST, earlier), (OTHER, ENVIRONMENT)):
        write_verdicts(tmp_path, [row], environment)
        write_items(tmp_path, record_name(row), {"base": results(1.0), "pruned": results(0.0)})

    found = [json.loads(path.read_text()) for path in write_every_eval_ever(tmp_path, tmp_path / "out")]
    made = [
        (one["evaluation_timestamp"], one["eval_library"]["version"],
         one["model_info"]["inference_engine"]["version"]) for one in found
    ]  # fmt: skip
    assert sorted(made) == [("2026-11-01T00:00:00+00:00", "0.0.9", "4")] * 2 + [(ENVIRONMENT["time"], "0.1.0", "5")] * 2
    assert len({one["model_info"]["id"] for one in found}) == 3


def test_data_sets_forms_questions_and_answers_are_told(folder):
    """Of a benchmark where it is published; what was asked, in which form, and what was answered."""
    found = read(write_every_eval_ever(folder, folder / "out"))
    base = found[min(found, key=len)]

    assert base[0]["evaluation_results"][0]["source_data"]["hf_repo"] == "openai/gsm8k"
    assert base[0]["model_info"]["additional_details"]["asked_in"] == "plain"
    assert base[1][0]["input"] == {"raw": "how many", "reference": ["3"]}
    assert base[1][0]["output"] == {"raw": ["said 0"]}


def test_undefined_scores_are_left_out_and_shares_are_no_accuracy(folder):
    """The schema has numbers only, and a mean of shares is called one."""
    found = read(write_every_eval_ever(folder, folder / "out"))
    tasks = [result for one, _ in found.values() for result in one["evaluation_results"]]
    (task,) = [result for result in tasks if result["evaluation_name"] == "headlines"]
    assert task["score_details"]["score"] == 0.75
    assert task["metric_config"]["metric_id"] == "mean_score"


def test_the_same_report_is_written_under_the_same_names(folder):
    """A second export replaces the first instead of standing beside it."""
    assert write_every_eval_ever(folder, folder / "out") == write_every_eval_ever(folder, folder / "out")


def test_a_report_without_items_is_refused(tmp_path, capsys):
    """In a sentence, with the remedy."""
    write_verdicts(tmp_path, [RECORD], ENVIRONMENT)

    assert main(["report", str(tmp_path), "--every-eval-ever", str(tmp_path / "out")]) == 2
    assert "no items lie there; run checks with --report, and keep its items/" in capsys.readouterr().err
