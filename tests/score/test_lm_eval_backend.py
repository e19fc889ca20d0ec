"""Our backend of lm-evaluation-harness against its own `hf` backend on the tiny model."""

import json
import warnings
from types import SimpleNamespace

import pytest

from harness import load_model, prune_layers
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.score.scorer import Scorer

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


@pytest.fixture(scope="module")
def tiny():
    """The tiny model."""
    return load_model("tiny")


@pytest.fixture(scope="module")
def backend(tiny):
    """The tiny model behind our backend."""
    return HarnessLM(Scorer(tiny.model, tiny.tokenizer))


def hf(model, tokenizer):
    """lm-eval's own backend around a resident model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=16)


def request(*args):
    """What lm-eval hands to a backend."""
    return SimpleNamespace(args=args)


@pytest.mark.parametrize("removed", [(), (3, 4, 9)], ids=["whole", "pruned"])
def test_backends_agree_item_by_item(tiny, tmp_path, removed):
    """Same choices, same accuracy, log-likelihoods equal to float32 rounding, on 100 items; also for a variant."""
    data = {"data_files": {"test": str(bundled("data") / "facts" / "test.jsonl")}, "cache_dir": str(tmp_path / "cache")}
    (tmp_path / "facts.yaml").write_text(json.dumps(FACTS | {"dataset_kwargs": data}))
    model = prune_layers(tiny.model, removed) if removed else tiny.model
    results = []
    for lm in (HarnessLM(Scorer(model, tiny.tokenizer)), hf(model, tiny.tokenizer)):
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
