"""Our backend of lm-evaluation-harness against its own `hf` backend on the tiny model."""

import json
import warnings

import pytest

from harness import prune_layers
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.score.scorer import Scorer
from tests.score.lm_eval_backends import harness_lm, hf, request

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # imports of lm-eval and what it brings along
    import lm_eval
    from lm_eval.api.registry import get_model
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    from harness.score.lm_eval_backend import HarnessLM

FACTS = {
    "task": "facts",
    "dataset_path": "json",
    "output_type": "multiple_choice",
    "test_split": "test",
    "doc_to_text": "{{question}}",
    "doc_to_choice": "{{choices.text}}",
    "doc_to_target": "{{choices.label.index(answerKey)}}",
    "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
    "num_fewshot": 0,
}


@pytest.mark.parametrize("removed", [(), (3, 4, 9)], ids=["whole", "pruned"])
def test_backends_agree_item_by_item(tiny, tmp_path, removed):
    """Same choices, same accuracy, log-likelihoods equal to float32 rounding, on 100 items; also for a variant."""
    data = {"data_files": {"test": str(bundled("data") / "facts" / "test.jsonl")}, "cache_dir": str(tmp_path / "cache")}
    (tmp_path / "facts.yaml").write_text(json.dumps(FACTS | {"dataset_kwargs": data}))
    model = prune_layers(tiny.model, removed) if removed else tiny.model
    results = []
    for lm in (harness_lm(model, tiny.tokenizer), hf(model, tiny.tokenizer)):
        loaded = TaskManager(include_path=str(tmp_path), include_defaults=False).load(["facts"])
        results.append(lm_eval.evaluate(lm, loaded, limit=100, bootstrap_iters=0, log_samples=True))
    ours, theirs = ([sample["filtered_resps"] for sample in result["samples"]["facts"]] for result in results)
    assert len(ours) == 100
    for mine, other in zip(ours, theirs, strict=True):
        assert [value for value, _ in mine] == pytest.approx([value for value, _ in other], abs=1e-3)
        assert max(range(4), key=lambda i: mine[i][0]) == max(range(4), key=lambda i: other[i][0])
        assert [greedy for _, greedy in mine] == [greedy for _, greedy in other]
    for metric in ("acc,none", "acc_norm,none"):
        assert results[0]["results"]["facts"][metric] == results[1]["results"]["facts"][metric]


def test_generations_agree(tiny, backend):
    """Greedy continuations of a chat rendered by lm-eval equal those of `hf`."""
    turns = [{"role": "user", "content": "finn has 23 stamps . finn loses 3 stamps . how many stamps does finn have ?"}]
    options = {"until": ["####"], "max_gen_toks": 24, "do_sample": False}
    other = hf(tiny.model, tiny.tokenizer)
    prompt = backend.apply_chat_template(turns)
    assert prompt == other.apply_chat_template(turns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = other.generate_until([request(prompt, dict(options))], disable_tqdm=True)
    assert backend.generate_until([request(prompt, options)]) == expected


def test_rolling_is_the_log_likelihood_of_the_whole_text(backend):
    """A text that fits is one window."""
    text = "the longest river of east morria is the fasor"
    assert backend.loglikelihood_rolling([request(text)]) == [backend.loglikelihood([request("", text)])[0][0]]


def test_a_text_longer_than_the_context_is_refused(backend):
    """Windows are not cut silently."""
    with pytest.raises(BadInput, match="perplexity is offered only for texts that fit"):
        backend.loglikelihood_rolling([request("the " * 5000)])


@pytest.mark.parametrize("options", [{"do_sample": True}, {"temperature": 0.7}, {"num_beams": 4}], ids=str)
def test_only_greedy_decoding_is_offered(backend, options):
    """A task that samples is refused rather than answered greedily."""
    with pytest.raises(BadInput, match="decodes greedily"):
        backend.generate_until([request("the", options)])


def test_lm_eval_builds_a_pruned_model_by_name(tiny):
    """`--model harness --model_args pretrained=...,drop=...` is the variant that `prune_layers` makes."""
    lm = get_model("harness").create_from_arg_string(
        "pretrained=tiny,drop=3-4+9,dtype=float32", {"batch_size": 1, "max_batch_size": None, "device": None}
    )
    assert lm.scorer.fingerprint == Scorer(prune_layers(tiny.model, (3, 4, 9)), tiny.tokenizer).fingerprint


@pytest.mark.parametrize(
    ("text", "message"), [("drop=1", "`pretrained` is missing"), ("pretrained=tiny,peft=x", "'peft' is unknown")]
)
def test_wrong_options_are_named(text, message):
    """Options are checked before anything loads."""
    with pytest.raises(BadInput, match=message):
        HarnessLM.create_from_arg_string(text)


def test_the_cache_that_knows_no_model_is_refused(backend):
    """A pruned variant would be given the unpruned model's answers; our own store knows whose they are."""
    from lm_eval.api.model import CachingLM

    with pytest.raises(BadInput, match=r"--use_cache names no model .* store=DIR in --model_args"):
        CachingLM(backend, ":memory:")


@pytest.mark.parametrize("name", ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"])
def test_every_name_of_the_longest_answer_is_taken(backend, name):
    """As lm-eval's own backends take them; its first name wins."""
    (text,) = backend.generate_until([request("the longest river of", {name: 3})])
    (same,) = backend.generate_until([request("the longest river of", {"max_gen_toks": 3, "max_tokens": 9})])
    assert text == same != ""


def test_the_command_prints_a_refusal_and_no_traceback(monkeypatch, capsys):
    """It exits with 2, as `python -m harness` does."""
    import lm_eval.__main__

    from harness.score import lm_eval_backend

    def refuse():
        raise BadInput("drop=99: no such layer")

    monkeypatch.setattr(lm_eval.__main__, "cli_evaluate", refuse)
    assert lm_eval_backend.main() == 2
    assert capsys.readouterr().err == "drop=99: no such layer\n"


def test_models_of_lm_eval_can_be_named_beside_ours(monkeypatch):
    """Our messages advise `--model hf`, so our command has to know it."""
    import lm_eval.__main__

    from harness.score import lm_eval_backend

    monkeypatch.setattr(lm_eval.__main__, "cli_evaluate", lambda: None)
    assert lm_eval_backend.main() == 0
    assert get_model("hf") is HFLM
    assert get_model("harness") is HarnessLM
