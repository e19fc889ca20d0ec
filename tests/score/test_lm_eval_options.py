"""What lm-eval may ask of our backend, and how it is refused otherwise."""

from types import SimpleNamespace

import pytest

from harness.errors import BadInput
from harness.text.requests import Generation
from tests.score.lm_eval_backends import HarnessLM, harness_lm, hf, request

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
    return harness_lm(tiny.model, tokenizer), hf(tiny.model, tokenizer)


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
    ours = harness_lm(model, tokenizer)
    asked = "finn has 23 stamps . finn loses 3 stamps . how many stamps does finn have ?"
    prompt = ours.apply_chat_template([{"role": "user", "content": asked}])
    sound = harness_lm(tiny.model, tiny.tokenizer).generate_until([request(prompt, {"max_gen_toks": 60})])
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
