"""What ends an answer, for every way in which templates close a turn."""

import copy
from types import SimpleNamespace

import pytest

from harness.score.scorer import Scorer
from harness.text.ends import Ends, end_tokens, turn_closing
from harness.text.requests import GenerationRequest

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CLOSED = {
    "ChatML": (CHATML, ("<|im_end|>",), ()),
    "not after the last turn": (
        "{% for m in messages %}<|im_start|>{{ m.content }}{% if not loop.last %}<|im_end|>{% endif %}{% endfor %}",
        ("<|im_end|>",), (),
    ),
    "another token at the end of all": (
        "{% for m in messages %}<|im_start|>{{ m.content }}{{ '<end>' if loop.last else '<|im_end|>' }}{% endfor %}",
        ("<end>",), (),
    ),
    "the next user's head only": ("{% for m in messages %}<{{ m.role }}>\n{{m.content}}{% endfor %}", ("<user>",), ()),
    "blanks before it": ("{% for m in messages %}<user>{{ m.content }} \n <end>\n{% endfor %}", ("<end>",), ()),
    "stripped": ("{% for m in messages %}<user>{{ m.content | trim }}<end>{% endfor %}", ("<end>",), ()),
    "words before it": ("{% for m in messages %}{{ m.content }}\n###END<end>{% endfor %}", ("<end>",), ("\n###END",)),
    "a text that is no token": ("{% for m in messages %}{{ m.role }}: {{ m.content }} </s>{% endfor %}", (), ("</s>",)),
    "roles in words": (
        "{% for m in messages %}{{ m.role | capitalize }}: {{ m.content }}\n{% endfor %}", (), ("\nUser:",),
    ),
    "a full stop": ("{% for m in messages %}### {{ m.role }}: {{ m.content }}.\n{% endfor %}", (), (".\n### user:",)),
    "nothing": ("{% for m in messages %}{{ m.content }}\n\n{% endfor %}", (), ()),
    "no assistant's turns": (
        "{% if messages[1:] %}{{ raise_exception('one turn') }}{% endif %}{{ messages[0].content }}<end>", (), (),
    ),
    "one question": (
        ("{% for m in messages %}{% if loop.index > 2 %}{{ raise_exception('no') }}{% endif %}{{ m.content }}<end>"
        "{% endfor %}"),
        ("<end>",), (),
    ),
    "no assistant's text": ("{% for m in messages if m.role == 'user' %}{{ m.content }}<end>{% endfor %}", (), ()),
}  # fmt: skip


def with_template(tokenizer, template, **tokens):
    """A copy of a tokenizer with ChatML's two tokens and another template."""
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.add_special_tokens({"extra_special_tokens": ["<|im_start|>", "<|im_end|>", "<user>", "<assistant>"]})
    tokenizer.chat_template = template
    for name, token in tokens.items():
        setattr(tokenizer, name, token)
    return tokenizer


def model_with(ends):
    """As much of a model as says what ends its answers."""
    return SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=ends))


@pytest.mark.parametrize("name", CLOSED)
def test_the_closing_of_a_turn_is_read_off_the_template(tiny, name):
    """By token where there is one, by text where not, by nothing where nothing closes."""
    template, tokens, texts = CLOSED[name]
    tokenizer = with_template(tiny.tokenizer, template)
    closing = turn_closing(tokenizer)
    assert (tuple(tokenizer.convert_ids_to_tokens(list(closing.ids))), closing.texts) == (tokens, texts)


@pytest.mark.parametrize("configured", [None, 1, [1, 4, 7]])
@pytest.mark.parametrize("eos", ["<end>", None])
def test_configured_ends_stay(tiny, configured, eos):
    """The template adds to what generation config and tokenizer say, in chats only."""
    tokenizer = with_template(tiny.tokenizer, CHATML, eos_token=eos)
    listed = set() if configured is None else {configured} if isinstance(configured, int) else set(configured)
    plain = listed | ({3} if eos else set())
    assert end_tokens(model_with(configured), tokenizer, chat=False) == Ends(tuple(sorted(plain)))
    closing = tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert end_tokens(model_with(configured), tokenizer, chat=True) == Ends(tuple(sorted(plain | {closing})))


def test_an_end_that_is_also_padding_or_listed_twice_counts_once(tiny):
    """Padding with the end token changes nothing."""
    tokenizer = with_template(tiny.tokenizer, tiny.tokenizer.chat_template, pad_token="<end>")
    assert end_tokens(model_with([3, 3]), tokenizer, chat=True) == Ends((3,))


def test_ends_are_named(tiny):
    """As a reader of a record sees them."""
    assert Ends((3,), ("\nUser:",)).names(tiny.tokenizer) == ("<end>", "'\\nUser:'")


@pytest.mark.parametrize("files_say", ["<unk>", None])
def test_an_answer_ends_with_its_turn_whatever_the_files_say(tiny, files_say):
    """With another end token, or none, in all files, answers are those of the sound model; nothing runs on."""
    prompts = [GenerationRequest(f"tom has {n} apples . tom gets 3 apples . how many apples does tom have ?", 60)
               for n in (12, 45, 7)]  # fmt: skip
    sound = Scorer(tiny.model, tiny.tokenizer).generations(prompts)
    model = copy.copy(tiny.model)
    model.generation_config = copy.deepcopy(tiny.model.generation_config)
    tokenizer = with_template(tiny.tokenizer, tiny.tokenizer.chat_template, eos_token=files_say)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    assert Scorer(model, tokenizer).generations(prompts) == sound
    assert {answer.finish for answer in sound} == {"stop"}


def test_a_turn_that_closes_by_words_ends_there(tiny):
    """The words and all that follows are no part of the answer."""
    request = GenerationRequest("tom has 12 apples . tom gets 3 apples . how many apples does tom have ?", 60)
    ours, closed = tiny.tokenizer.chat_template, "<assistant>{{ ' ' + message['content'] + ' ' }}<end>"
    tokenizer = with_template(tiny.tokenizer, ours.replace(closed, closed.replace("<end>", "####")))
    assert turn_closing(tokenizer).texts == ("####",)
    (whole,) = Scorer(tiny.model, tiny.tokenizer).generations([request])
    (answer,) = Scorer(tiny.model, tokenizer).generations([request])
    assert whole.text.startswith(f"{answer.text}####")
    assert answer.finish == "stop"
