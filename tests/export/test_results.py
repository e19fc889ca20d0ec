"""Scores as the hub reads them."""

import gzip
import json
from dataclasses import replace

import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries

from harness.export.card import Provenance, Score, model_card
from harness.export.results import BENCHMARKS, eval_results, is_whole
from harness.models.load import load_model
from harness.prune.plan import parse_plan
from harness.tasks.outcome import Outcome, TaskResult
from harness.tiers import TIERS

ORIGIN = Provenance(
    "meta/llama", "meta/llama", "aaaa", "bbbb", parse_plan("22-29", 32), None, "bfloat16", "command", "2026-01-01",
    {"torch": "2.0", "layer-pruning-checks": "0.1.0"}, form="plain",
)  # fmt: skip
GSM8K = Score("gsm8k", 0.75, 0.125, 1319, "accuracy", "openai/gsm8k", whole=True)
FACTS = Score("facts", 1.0, 0.5, 40)


def test_the_hub_reads_the_card_s_scores():
    """huggingface_hub finds each task that has a data set, what it scores now, and of how many items; no other."""
    (found,) = ModelCard(model_card(ORIGIN, [GSM8K, FACTS])).data.eval_results

    assert (found.dataset_type, found.dataset_name) == ("openai/gsm8k", "gsm8k, 1319 items")
    assert (found.metric_type, found.metric_value) == ("accuracy", 0.125)
    assert ModelCard(model_card(ORIGIN, [FACTS])).data.eval_results is None


def test_a_leaderboard_reads_whole_benchmarks():
    """A percentage with how it was asked, as huggingface_hub parses such files."""
    (found,) = parse_eval_result_entries(yaml.safe_load(eval_results(ORIGIN, [GSM8K, FACTS])))

    assert (found.dataset_id, found.task_id, found.value, found.date) == ("openai/gsm8k", "gsm8k", 12.5, "2026-01-01")
    for part in ("without 22-29 of 32 layers (unpruned: 75.00)", "1319 items", "plain Question:/Answer: form"):
        assert part in found.notes


@pytest.mark.parametrize("score", [replace(GSM8K, whole=False), replace(GSM8K, task="xsum"), FACTS])
def test_a_leaderboard_is_told_of_nothing_else(score):
    """Neither of a subset nor of a benchmark whose leaderboard we do not know."""
    assert eval_results(ORIGIN, [score]) is None


def test_only_the_published_items_are_a_whole_benchmark():
    """Not twenty rows of somebody's folder, nor as many other ones, nor what one of the models was not asked."""
    outcomes = tuple(Outcome(f"gsm8k|test|{i}", 1.0, "right", "") for i in range(3))
    whole = TaskResult("gsm8k", "number", 0.0, outcomes, content=BENCHMARKS["gsm8k"].content)
    other = replace(whole, content="0123456789ab")

    assert is_whole(whole, whole)
    assert not is_whole(whole, other)
    assert not is_whole(replace(other, left_out=("gsm8k|test|3",)))
    assert not is_whole(replace(whole, task="xsum"))


def test_a_folder_of_few_items_tells_no_leaderboard(run_export, tmp_path, monkeypatch):
    """More items asked for than there are do not make a benchmark of them."""
    monkeypatch.setattr("harness.commands.export.tier_of", lambda *_: "small")
    monkeypatch.setattr("harness.tasks.suite.tasks_of", lambda _: ("gsm8k",))
    file = tmp_path / "data" / "math" / "gsm8k_test.jsonl.gz"
    file.parent.mkdir(parents=True)
    rows = [{"question": f"What is {i} and 1?", "answer": f"It is {i + 1}.\n#### {i + 1}"} for i in range(2)]
    with gzip.open(file, "wt") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)

    out = run_export("--drop", "3", "--scores", "5", "--data", str(file.parents[1]))
    assert "| gsm8k | " in (out / "README.md").read_text()
    assert not (out / ".eval_results").exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"repair": "bias", "repaired_on": "gsm8k:32"}, ", repaired by bias"),
        ({"adapter": "my/adapter"}, ", with an adapter that was trained"),
        ({"adapter": "my/adapter", "repair": "norm"}, ", repaired by norm, with an adapter that was trained"),
    ],
)
def test_scores_are_of_what_was_done_to_the_model(changed, words):
    """A repaired or trained model's score under a note of layers removed alone would be read as theirs."""
    origin = replace(ORIGIN, **changed)
    (row,) = yaml.safe_load(eval_results(origin, [GSM8K]))
    (model,) = yaml.safe_load(model_card(origin, [GSM8K]).split("---\n")[1])["model-index"]

    assert row["notes"].startswith(f"without 22-29 of 32 layers{words} (unpruned: ")
    assert model["name"] == f"llama without 22-29{words}"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (None, "asked by the model's own chat template, of both"),
        ("plain", "asked in a plain Question:/Answer: form, of both"),
        ("mine.jinja:01234567", "asked by the chat template mine.jinja:01234567, of both"),
    ],
)
def test_the_card_says_in_which_form_was_asked(form, words):
    """A score of a base model asked plainly is another than one of its chat template."""
    assert words in model_card(replace(ORIGIN, form=form), [GSM8K])


def test_a_score_says_how_long_was_thought():
    """Thinking on and off are two scores of one model."""
    (row,) = yaml.safe_load(eval_results(replace(ORIGIN, form=None, thinking="on (512 tokens)"), [GSM8K]))
    assert "by the model's own chat template, thinking on (512 tokens);" in row["notes"]


def test_a_base_model_s_scores_are_of_the_plain_form_which_is_said_once(run_export, capsys, tmp_path, monkeypatch):
    """One line on stderr for both models, and a sentence in the card; the folder's files are whole with scores too."""
    folder = tmp_path / "base"
    tiny = load_model("tiny")
    tiny.model.save_pretrained(folder)
    tiny.tokenizer.chat_template = None
    tiny.tokenizer.save_pretrained(folder)
    (folder / "training.json").write_text('{"world": "mini-world"}')
    monkeypatch.setitem(TIERS, "tiny", replace(TIERS["tiny"], classification=("facts",), generative=("word_problems",)))

    out = run_export("--model", str(folder), "--drop", "3", "--scores", "1")
    assert capsys.readouterr().err.count("Question:/Answer:") == 1
    assert "asked in a plain Question:/Answer: form" in (out / "README.md").read_text()
