"""Our backend of lm-evaluation-harness against its own `hf` backend on the tiny model."""

import json
import warnings
from types import SimpleNamespace

import pytest

from harness import load_model, prune_layers
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.score.scorer import Scorer
from harness.text.requests import Generation

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


REFUSES_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}> {{ m.content }} <end>{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def with_template(tiny, template):
    """The backend with another chat template."""
    import copy

    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template = template
    return HarnessLM(Scorer(tiny.model, tokenizer)), hf(tiny.model, tokenizer)


@pytest.mark.parametrize("prompted", [True, False])
def test_a_system_turn_that_the_template_refuses_is_left_out_as_hf_does(tiny, caplog, prompted):
    """Gemma's template: with a warning, the same text as lm-eval's own backend."""
    ours, theirs = with_template(tiny, REFUSES_SYSTEM)
    turns = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "tom has 3 apples"}]
    turns += [] if prompted else [{"role": "assistant", "content": "he"}]
    found = ours.apply_chat_template(turns, add_generation_prompt=prompted)
    assert found == theirs.apply_chat_template(turns, add_generation_prompt=prompted)
    assert "be brief" not in found
    assert "refuses a system turn" in caplog.text


@pytest.mark.parametrize("turns", [[{"role": "user", "content": "a"}], [{"role": "system", "content": "b"}]], ids=str)
def test_a_template_that_refuses_more_is_a_sentence(tiny, turns):
    """What is left without the system turn must be renderable."""
    ours, _ = with_template(tiny, "{{ raise_exception('no') }}")
    with pytest.raises(BadInput, match=r"the chat template cannot be used \(TemplateError: no\)"):
        ours.apply_chat_template(turns)


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


@pytest.mark.parametrize(
    "options",
    [
        {"do_sample": False, "temperature": 0.7, "top_p": 0.9, "num_beams": 1},
        {"temperature": 0.0, "repetition_penalty": 1.0},
        {"until": ["", "####"]},
        {"until": None},
        {"until": ""},
    ],
    ids=str,
)
def test_what_changes_no_greedy_answer_is_taken(backend, options):
    """Sampling parameters beside `do_sample: false`, neutral values, empty stop texts."""
    asked = "finn has 23 stamps . finn loses 3 stamps . how many stamps does finn have ?"
    chat = backend.apply_chat_template([{"role": "user", "content": asked}])
    (text,) = backend.generate_until([request(chat, {**options, "max_gen_toks": 12})])
    assert text.startswith(" 23 - 3" if text.startswith(" ") else "23 - 3")


@pytest.mark.parametrize(
    "options", [{"num_beams": 2}, {"repetition_penalty": 1.1}, {"max_length": 9}, {"temperature": 1.0}], ids=str
)
def test_what_would_change_it_is_refused(backend, options):
    """In a sentence that names it."""
    with pytest.raises(BadInput, match="generation_kwargs ask for"):
        backend.generate_until([request("the", options)])


def test_an_answer_in_a_chat_ends_with_its_turn_and_has_no_thought(tiny):
    """Where no file lists the closing token, too; thoughts are taken off."""
    import copy

    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.eos_token = "<unk>"
    model = copy.copy(tiny.model)
    model.generation_config = copy.deepcopy(tiny.model.generation_config)
    model.generation_config.eos_token_id = None
    ours = HarnessLM(Scorer(model, tokenizer))
    asked = "finn has 23 stamps . finn loses 3 stamps . how many stamps does finn have ?"
    prompt = ours.apply_chat_template([{"role": "user", "content": asked}])
    sound = HarnessLM(Scorer(tiny.model, tiny.tokenizer)).generate_until([request(prompt, {"max_gen_toks": 60})])
    assert [text.strip() for text in ours.generate_until([request(prompt, {"max_gen_toks": 60})])] == [
        text.strip() for text in sound
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pretrained=tiny,trust_remote_code=True", "'trust_remote_code' is unknown"),
        ("pretrained=tiny,max_length=", "'max_length' is unknown"),
        ("pretrained=tiny,dtype=auto", "dtype 'auto' is not one of float32"),
        ("pretrained=tiny,drop=99", "layer 99 does not exist"),
        ("pretrained=tiny,enable_thinking=maybe", "enable_thinking=maybe, expected true or false"),
        ("pretrained", "`pretrained` is missing"),
        ("pretrained=", "`pretrained` is missing"),
        ("pretrained=no/such/folder", "no such folder"),
    ],
)
def test_bad_arguments_are_sentences(text, message):
    """Whatever is wrong with them."""
    with pytest.raises(BadInput, match=message) as refusal:
        HarnessLM.create_from_arg_string(text)
    assert "\n" not in str(refusal.value)


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


THOUGHT = "<think>\nfirst\n\nso 5\n</think>\n\n18 pens\n\nQuestion: 3"


@pytest.mark.parametrize(
    ("stop", "answer"),
    [(["\n\n"], "18 pens"), (["Question:", "5"], "18 pens\n\n"), (["18"], ""), ([], "18 pens\n\nQuestion: 3")],
    ids=str,
)  # fmt: skip
def test_what_ends_an_answer_does_not_end_its_thought(tiny, stop, answer):
    """A task's `until` is looked for in the answer of a model that thinks, not in the thought before it."""
    thinking = "{{ '<think>' if false }}" + tiny.tokenizer.chat_template
    ours, _ = with_template(tiny, thinking)

    def written(requests):
        """All up to the first text that ends it, as a scorer answers."""
        ends = [place for end in requests[0].stop if (place := THOUGHT.find(end)) >= 0]
        return [Generation(THOUGHT[: min(ends, default=None)], 9, "stop")]

    ours.scorer = SimpleNamespace(tokenizer=ours.scorer.tokenizer, generations=written)
    prompt = ours.apply_chat_template([{"role": "user", "content": "how many ?"}])

    assert ours.generate_until([request(prompt, {"until": stop})]) == [answer]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_new_tokens": "many"}, "max_new_tokens=many; expected a number"),
        ({"max_gen_toks": -1}, "max_gen_toks=-1; expected at least 1 token"),
        ({"temperature": "hot"}, "temperature=hot; expected a number"),
        ({"until": [3]}, r"until=\[3\]; expected .* texts that end"),
    ],
    ids=str,
)
def test_values_that_mean_nothing_are_named(backend, options, message):
    """In a sentence, before anything is generated."""
    with pytest.raises(BadInput, match=f"generation_kwargs: {message}"):
        backend.generate_until([request("the", options)])
