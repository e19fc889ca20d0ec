"""How a model is asked in turns: what is said of it, and what is refused."""

from dataclasses import replace

import pytest

from harness.arguments import told_form
from harness.errors import BadInput
from harness.models.asked import asked_in
from harness.models.vocabulary import asked_with, require_same_manner
from harness.text.form import Form, parse_form
from tests.text.tokenizers import with_template


@pytest.fixture
def bare(tiny):
    """The tiny model without its chat template."""
    return replace(tiny, tokenizer=with_template(tiny.tokenizer, None))


def test_an_instruct_model_is_left_as_it_is(tiny, capsys):
    """Its own template, and nothing is said."""
    assert told_form(tiny, None) is tiny
    assert capsys.readouterr().err == ""


def test_a_base_model_is_asked_plainly_and_that_is_said(bare, capsys):
    """The model says it too, for the row."""
    asked = told_form(bare, None)

    assert asked.form == "plain"
    assert bare.tokenizer.chat_template is None
    assert capsys.readouterr().err == (
        "tiny is asked in a plain Question:/Answer: form, as a base model is; where it was trained to chat, give its "
        "template (--chat-template FILE)\n"
    )


def test_who_asked_for_the_plain_form_is_told_nothing(tiny, capsys):
    """An instruct model can be asked plainly as well."""
    assert told_form(tiny, "plain").form == "plain"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "given", [None, Form("mine.jinja:12345678", "{{ raise_exception('no') }}")], ids=["own", "given"]
)
def test_a_template_that_cannot_be_used_is_refused_with_whose_it_is(tiny, given):
    """The model, and the file where one was given."""
    model = tiny if given else replace(tiny, tokenizer=with_template(tiny.tokenizer, "{{ raise_exception('no') }}"))
    remedy = "mend that file" if given else "mend tokenizer.chat_template and save the folder"
    file = r"--chat-template mine\.jinja:12345678: " if given else ""
    with pytest.raises(BadInput, match=rf"^--model tiny: {file}the chat template cannot be used \(TemplateError: no\)"):
        asked_in(model, given)
    with pytest.raises(BadInput, match=f"{remedy}$"):
        asked_in(model, given)


def test_a_checkpoint_that_lost_its_template_is_not_compared_in_another_manner(tiny, bare):
    """Its parent would be asked as it was trained, and it would not."""
    with pytest.raises(BadInput, match=r"^--model tiny: its tokenizer has no chat template, and that of tiny has one"):
        require_same_manner(bare, tiny, None)


def test_nor_one_with_a_template_against_a_parent_without(tiny, bare):
    """The same weights would differ by how they are asked."""
    with pytest.raises(BadInput, match=r"^--model tiny: its tokenizer has a chat template, and that of tiny has none"):
        require_same_manner(tiny, asked_in(bare), None)


def test_two_base_models_or_a_given_form_are_compared(tiny, bare):
    """Both are then asked alike, which is said."""
    require_same_manner(bare, tiny, "plain")
    require_same_manner(bare, asked_in(bare), None)

    assert asked_with(asked_in(bare), asked_in(bare)) == "the same tokenizer, the same form (plain)"
    plain = parse_form("plain")
    assert asked_with(asked_in(tiny, plain), asked_in(tiny, plain)) == "the same tokenizer, the same form (plain)"
