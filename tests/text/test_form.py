"""A base model is asked in a plain form: what it reads, where its answer ends, what is learned, what is refused."""

import pytest

from harness.errors import BadInput
from harness.recover.corpus import Example
from harness.recover.encode import encode_example, end_of_turn
from harness.score.scorer import Scorer
from harness.text.chat import render
from harness.text.encode import encode_answer, encode_prompt
from harness.text.ends import Ends, turn_closing
from harness.text.form import PLAIN, Form, form_for, in_form, parse_form
from harness.text.requests import GenerationRequest
from harness.text.template import tried
from tests.text.tokenizers import with_template

QUESTION = "Ana has 3 pens.\nShe buys 4 more.  How many?"


@pytest.fixture
def plain(tiny):
    """The tiny model's tokenizer, asking in the plain form."""
    return in_form(tiny.tokenizer, parse_form(PLAIN))


def test_a_question_stands_between_its_two_words(plain):
    """Several lines stay as they are; the answer begins on a line of its own."""
    assert render(plain, [{"role": "user", "content": QUESTION}]) == f"Question: {QUESTION}\nAnswer:\n"


def test_a_conversation_goes_on_with_the_next_question(plain):
    """So that worked examples before it look like it."""
    turns = [
        {"role": "user", "content": "1 + 1?"},
        {"role": "assistant", "content": "2"},
        {"role": "user", "content": "2 + 2?"},
    ]
    assert render(plain, turns) == "Question: 1 + 1?\nAnswer:\n2\n\nQuestion: 2 + 2?\nAnswer:\n"


def test_an_answer_ends_where_a_next_question_begins(plain):
    """It would otherwise run on, and the last number of all would be its answer."""
    assert turn_closing(plain) == Ends((), ("\nQuestion:",))


def test_what_is_learned_is_what_is_asked_and_ends_by_the_end_token(tiny, plain):
    """A recovery teaches the prompt of the evaluation, and to stop."""
    example = Example("one", QUESTION, "7")
    encoded = encode_example(example, plain, end_of_turn(plain, [plain.eos_token_id]))

    prompt = encode_prompt(GenerationRequest(QUESTION, 0), plain)
    assert encoded.ids[: len(prompt)] == prompt
    assert encoded.ids[-1] == tiny.tokenizer.eos_token_id


def test_an_option_is_scored_in_the_tokens_that_would_be_written(plain):
    """Nothing is glued to `Answer:`."""
    pair = encode_answer(QUESTION, "7", plain)

    assert pair.ids[: pair.start] == encode_prompt(GenerationRequest(QUESTION, 0), plain)
    assert plain.decode(list(pair.ids[pair.start :])) == "7"


def test_answers_come_and_end(tiny, plain):
    """The form passes what every template must, and a model can be asked in it."""
    assert not tried(plain).thinks
    answer = Scorer(tiny.model, plain).generations([GenerationRequest(QUESTION, 8)])[0]

    assert answer.tokens > 0
    assert "Question:" not in answer.text


def test_the_models_own_tokenizer_keeps_its_template(tiny):
    """What is saved of a model is as it was."""
    before = tiny.tokenizer.chat_template
    other = in_form(tiny.tokenizer, parse_form(PLAIN))

    assert other.chat_template != before
    assert tiny.tokenizer.chat_template == before


def test_a_model_without_a_template_is_asked_plainly_and_others_by_their_own(tiny):
    """Unless a form is given, which is then everybody's."""
    given = Form("mine", "x")
    bare = with_template(tiny.tokenizer, None)

    assert form_for(tiny.tokenizer, None) is None
    assert form_for(bare, None) == parse_form(PLAIN)
    assert form_for(bare, given) is form_for(tiny.tokenizer, given) is given


def test_a_file_names_the_form_by_what_is_in_it(tmp_path):
    """Two files of one name are two forms."""
    names = set()
    for text in ("{{ messages[0].content }}", "{{ messages[0].content }} "):
        (tmp_path / "mine.jinja").write_text(text)
        names.add(parse_form(str(tmp_path / "mine.jinja")).name)

    assert len(names) == 2
    assert all(name.startswith("mine.jinja:") for name in names)


REFUSED = {
    "absent": (None, "there is no such file; expected `plain` or a file with a Jinja template"),
    "empty": (b" \n", "the file is empty; expected a Jinja template that renders turns"),
    "bytes": (b"\xff\xfe\x00", "cannot be read .*; expected a text file in UTF-8"),
    "huge": (b"x" * 1_000_001, "1,000,001 bytes; expected a template, of at most 1,000,000"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_no_template_is_refused(name, tmp_path):
    """With its name, before a model is loaded."""
    content, sentence = REFUSED[name]
    path = tmp_path / "mine.jinja"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=f"^--chat-template {path}: {sentence}$") as refusal:
        parse_form(str(path))
    assert "\n" not in str(refusal.value)
