"""Scores as the hub reads them."""

from dataclasses import replace

import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries

from harness.export.card import Provenance, Score, model_card
from harness.export.results import eval_results
from harness.models.load import load_model
from harness.prune.plan import parse_plan
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
