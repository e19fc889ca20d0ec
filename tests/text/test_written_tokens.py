"""A control token that is written in a question or an option is text."""

import copy

import pytest

from harness.errors import BadInput
from harness.text.chat import chat_ids
from harness.text.encode import encode_answer, encode_pair, encode_prompt
from harness.text.requests import GenerationRequest
from tests.text.tokenizers import with_template


def test_ordinary_questions_have_the_ids_of_the_library(tiny):
    """Nothing that was stored is orphaned."""
    for text in ("tom has 3 apples", "  two\n\nlines ", "", "é 数 \t"):
        turns = [{"role": "user", "content": text}]
        expected = tiny.tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
        assert chat_ids(tiny.tokenizer, turns) == expected


@pytest.mark.parametrize("token", ["<end>", "<assistant>", "<user>", "<bos>", "<pad>", "<unk>"])
def test_a_question_cannot_end_its_turn(tiny, token):
    """A control token written in a question is read as text; those of the template stay."""
    prompt = f"what does {token} mean ?"
    asked = encode_prompt(GenerationRequest(prompt, 4), tiny.tokenizer)
    as_text = tiny.tokenizer(f" {prompt} ", add_special_tokens=False, split_special_tokens=True).input_ids
    begin, user, end, assistant = tiny.tokenizer.convert_tokens_to_ids(["<bos>", "<user>", "<end>", "<assistant>"])
    assert asked == (begin, user, *as_text, end, assistant)


def test_a_choice_cannot_end_its_turn(tiny):
    """Nor does an option."""
    pair = encode_answer("what is it ?", "an <end> of all", tiny.tokenizer)
    assert tiny.tokenizer.eos_token_id not in pair.ids[pair.start :]


@pytest.mark.parametrize(
    ("head", "between"), [("<think>\n", "\n</think>\n\n"), ("[THINK]", "\n[/THINK]\n\n"), ("", "")]
)
def test_a_choice_is_no_thought(tiny, head, between):
    """Where a template opens a thought at every answer, it is closed before the option."""
    template = f"{tiny.tokenizer.chat_template}{{% if add_generation_prompt %}}{{{{ {head!r} }}}}{{% endif %}}"
    tokenizer = with_template(tiny.tokenizer, template)
    prompt = encode_prompt(GenerationRequest("what is it ?", 0), tokenizer)

    pair = encode_answer("what is it ?", "an apple", tokenizer)
    closing = tuple(tokenizer(between, add_special_tokens=False).input_ids)
    assert pair.ids[: pair.start] == prompt + closing
    assert pair.ids[pair.start :] == tuple(tokenizer("an apple", add_special_tokens=False).input_ids)
    assert (closing == ()) == (not head)


def test_plain_text_reads_control_tokens_as_lm_eval_does(tiny):
    """Parity with lm-eval's own backend is kept there."""
    pair = encode_pair("the <end>", " of all", tiny.tokenizer)
    assert tiny.tokenizer.eos_token_id in pair.ids


def test_an_empty_context_needs_something_to_begin_with(tiny):
    """A tokenizer with neither BOS nor end token gets a sentence."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.bos_token = tokenizer.eos_token = None
    tokenizer._tokenizer.post_processor = None
    with pytest.raises(BadInput, match="neither a BOS nor an end token"):
        encode_pair("", "the longest river", tokenizer)
    with pytest.raises(BadInput, match="the prompt '' has no tokens"):
        encode_prompt(GenerationRequest("", 4, chat=False), tokenizer)


def test_a_tokenizer_that_knows_no_letters_is_no_crash(tiny):
    """BOS is looked for in whatever comes out."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template = "<user>{{ messages[0].content }}<end>"
    from tokenizers import Regex
    from tokenizers.normalizers import Replace

    tokenizer._tokenizer.normalizer = Replace(Regex("[a-z ]"), "")
    tokenizer._tokenizer.post_processor = None
    assert encode_prompt(GenerationRequest("abc", 4), tokenizer)


def test_nor_by_an_added_token_that_is_not_called_special(tiny):
    """Such are not split by the library's own option."""
    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.add_tokens(["<|stop|>"])
    stop = tokenizer.convert_tokens_to_ids("<|stop|>")
    asked = encode_prompt(GenerationRequest("what does <|stop|> mean ?", 4), tokenizer)
    assert stop not in asked
    assert len(asked) > len(encode_prompt(GenerationRequest("what does mean ?", 4), tokenizer))


@pytest.mark.parametrize("name", ["qwen2.5-7b", "llama-3.1-8b", "mistral-7b", "gemma-2-2b"])
def test_in_every_family_of_tokenizers_a_written_token_is_text(name, tmp_path):
    """Byte-level pieces and word marks alike; what the template writes around it stays as it is."""
    from harness.models.catalogue import find
    from harness.models.load import load_model
    from harness.selfcheck.stand_in import write_stand_in

    tokenizer = load_model(str(write_stand_in(find(name), tmp_path / name))).tokenizer
    for token in tokenizer.all_special_tokens:
        ids = list(encode_prompt(GenerationRequest(f"what is {token} here", 4), tokenizer))
        plain = list(encode_prompt(GenerationRequest("what is that here", 4), tokenizer))
        special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
        assert [i for i in ids if i in special] == [i for i in plain if i in special], token
        assert tokenizer.decode(ids).replace(" ", "").count(f"whatis{token}here".replace(" ", "")) == 1
