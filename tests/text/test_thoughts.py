"""Thoughts and answers, for the marks of published models."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.score.scorer import Scorer
from harness.subject import Subject
from harness.tasks.code_text import extract_program
from harness.tasks.gsm8k import extract_flexible
from harness.tasks.source import Bundled
from harness.text.encode import encode_prompt
from harness.text.requests import GenerationRequest
from harness.text.template import require_thoughts, tried
from harness.text.thoughts import MARKS, Parted, Thinking, opened_by, parted

SPEAKS = "{% if '</think>' in m.content %}"
DRAFT = "```python\ndef f(a, b):\n    return a - b\n```"
FINAL = "```python\ndef f(a, b):\n    return a + b\n```"
SWITCH = (
    "{% for m in messages %}<{{ m.role }}>{{ ' ' + m.content + ' ' }}<end>{% endfor %}<assistant>"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n{% endif %}"
)


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_the_answer_is_what_follows_the_thought(opening, closing):
    """With every kind of mark; thought and answer together are the whole."""
    for text in (f"{opening}a 7\n{closing}\n\n18", f"\n{opening} a {closing}\n\n18", f"{opening}{closing}\n18"):
        found = parted(text)
        assert (found.answer, found.inside) == ("18", False)
        assert found.thought + found.answer == text
    assert parted(f"{opening} 7, no: ") == Parted(f"{opening} 7, no: ", "", inside=True)


@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_a_prompt_may_have_opened_the_thought(opening, closing):
    """Then the text begins inside it (DeepSeek-R1, Qwen3-Thinking)."""
    assert opened_by(f"<user>a<end><assistant>{opening}\n")
    assert not opened_by(f"<user>a<end><assistant>{opening}\n\n{closing}\n\n")
    assert parted(f"so 7\n{closing}\n\n18", opened=True).answer == "18"
    assert parted("so 7, or 8", opened=True) == Parted("so 7, or 8", "", inside=True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<|channel|>analysis<|message|>7<|end|><|start|>assistant<|channel|>final<|message|>18", "18"),
        ("<|channel|>commentary to=f <|constrain|>json<|message|>7<|call|><|channel|>final <|message|>18", "18"),
        ("<|channel|>final<|message|>18", "18"),
    ],
)  # fmt: skip
def test_the_final_channel_is_the_answer(text, answer):
    """As gpt-oss writes it."""
    assert parted(text).answer == answer


def test_an_analysis_without_a_final_channel_is_unfinished():
    """However it ended."""
    assert parted("<|channel|>analysis<|message|>7").inside


@pytest.mark.parametrize(
    ("text", "template", "answer", "inside"),
    [
        ("no thought at all", "", "no thought at all", False),
        ("no thought at all", SPEAKS, "no thought at all", False),
        ("it went 7\n</think>\n18", SPEAKS, "18", False),
        ("it went 7\n</think>\n18", "", "it went 7\n</think>\n18", False),
        ("split at '</think>' then", SPEAKS, "split at '</think>' then", False),
        ("<think>a</think>x = t.split('</think>')\ny = '<think>'", SPEAKS,
         "x = t.split('</think>')\ny = '<think>'", False),
        ("<think>a</think>\n7\n<think>no\n</think>\n18", "", "18", False),
        ("<think>a</think>\n7\n<think>no", "", "", True),
        ("it went 7 </think> 18", SPEAKS, " 18", False),
        ("it went 7.</think>18", SPEAKS, "18", False),
        ("it went 7 </think> 18", "", "it went 7 </think> 18", False),
        ("Hm.\n<think>7</think>\n18", SPEAKS, "18", False),
        ("Hm.\n<think>7", SPEAKS, "", True),
        ("</think>18", SPEAKS, "18", False),
        ("a</think>b</think>18", SPEAKS, "18", False),
        ("<think>a <think> b</think> c</think>\n18", "", "18", False),
        ("<think>a\n<think>b\n</think>\nc\n</think>\n18", "", "18", False),
        ("<think>a</think> 7 <think>no</think> 18", "", " 18", False),
        ("<think>a</think><think>b</think>18", "", "18", False),
        (f"<think>a</think>{DRAFT}<think>wrong sign</think>{FINAL}", "", FINAL, False),
        ("<think>split at '</think>', so</think>\n18", "", "18", False),
        ("<think>a</think>\n```python\n# up to </think>\nx\n```", "",
         "```python\n# up to </think>\nx\n```", False),
        ("<think>a</think>18 <think>", "", "18 <think>", False),
        ("<think>a <think> b</think>\n18", "", "18", False),
        ("<think>\n\n</think>\n\n    return x", "", "    return x", False),
        ("<think></think>", "", "", False),
        ("", "", "", False),
    ],
)  # fmt: skip
def test_examples(text, template, answer, inside):
    """A mark inside a line is a word of the answer, and indentation is kept."""
    found = parted(text, template)
    assert (found.answer, found.inside) == (answer, inside)
    assert found.thought + found.answer == text


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "[THINK]", "\n", " ", "18", "<|channel|>final<|message|>"])),
    st.booleans(),
)
def test_nothing_is_lost(pieces, opened):
    """Whatever is written, thought and answer are the whole, and inside a thought there is no answer."""
    text = "".join(pieces)
    found = parted(text, SPEAKS, opened=opened)
    assert found.thought + found.answer == text
    assert not (found.inside and found.answer)


def test_a_draft_is_neither_executed_nor_read():
    """The answer after the thought is the program, and the number."""
    answer = parted(f"<think>First:\n{DRAFT}\nwrong sign. #### 7</think>\n\n{FINAL}\n#### 18").answer
    assert extract_program(answer, "f") == "def f(a, b):\n    return a + b"
    assert extract_flexible(answer) == "18"


def with_template(tokenizer, template):
    """A copy of a tokenizer with another template, and Qwen3's two tokens, which are not special."""
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.add_tokens(["<think>", "</think>"])
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize(
    ("template", "switch", "thinks", "opens"),
    [
        (SWITCH, "enable_thinking", True, set()),
        ("{% if thinking %}think{% endif %}{{ messages[0].content }}", "thinking", True, set()),
        ("{{ messages[0].content }}<assistant><think>\n", None, True, {False, True}),
        ("{{ messages[0].content }}{% if enable_thinking %}<think>\n{% endif %}", "enable_thinking", True, {True}),
        ("{{ messages[0].content.split('</think>')[-1] }}<assistant>", None, True, set()),
        ("{{ messages[0].content }}{{ messages[0].thinking }}", None, False, set()),
        ("You are thinking. {{ messages[0].content }}", None, False, set()),
        ("<|start|>user<|message|>{{ messages[0].content }}<|start|>assistant{# <|channel|> #}", None, True, set()),
    ],
)
def test_a_template_shows_whether_its_model_thinks(tiny, template, switch, thinks, opens):
    """By its switch, by the marks it speaks of, by the thought it opens."""
    found = tried(with_template(tiny.tokenizer, template))
    assert (found.switch, found.thinks, set(found.opens)) == (switch, thinks, opens)


def test_the_switch_is_off_unless_asked(tiny):
    """Off is what the template makes of `false`, on what it makes of `true`; the prompts differ."""
    tokenizer = with_template(tiny.tokenizer, SWITCH)
    off, on = (
        tokenizer.decode(encode_prompt(GenerationRequest("a", 5, thinking=on), tokenizer)) for on in (False, True)
    )
    assert "</think>" in off
    assert "think" not in on


@pytest.mark.parametrize(
    ("template", "on", "limit"),
    [(SWITCH, False, 40), (SWITCH, True, 60), (SWITCH.replace("enable_thinking", "x"), False, 60)],
    ids=["off", "on", "always"],
)
def test_a_thought_has_tokens_of_its_own(tiny, template, on, limit):
    """Beside the answer's, where the model thinks."""
    scorer = Scorer(tiny.model, with_template(tiny.tokenizer, template), thinking=Thinking(on, 20))
    assert scorer.as_set(GenerationRequest("a", 40)) == GenerationRequest("a", limit, thinking=on)
    assert scorer.as_set(GenerationRequest("a", 40, chat=False)) == GenerationRequest("a", 40, chat=False)


def test_the_scorer_parts_what_was_written(tiny, monkeypatch):
    """Every task gets answers without thoughts; the store keeps all that was written."""
    from harness.text.requests import Generation

    tokenizer = with_template(tiny.tokenizer, SWITCH)
    scorer = Scorer(tiny.model, tokenizer, thinking=Thinking(on=True))
    written = ["<think>\n7\n</think>\n\n18", "<think>\n7", "18"]
    monkeypatch.setattr(
        scorer, "_answer", lambda requests, _: [Generation(text, 9, "length") for text in written[: len(requests)]]
    )
    answers = scorer.generations([GenerationRequest(str(n), 5) for n in range(3)])
    assert [(a.text, a.in_thought) for a in answers] == [("18", False), ("", True), ("18", False)]
    assert [answer.written for answer in answers] == written


def test_thinking_is_refused_where_there_is_none(tiny):
    """Before anything is asked."""
    with pytest.raises(BadInput, match="--thinking on: the chat template of tiny has no switch"):
        require_thoughts(tiny.tokenizer, "tiny")


@pytest.mark.parametrize(
    ("template", "on", "said"),
    [
        ("{{ messages[0].content }}", False, None),
        (SWITCH, False, "off"),
        (SWITCH, True, "on (7 tokens)"),
        ("{{ messages[0].content }}<assistant><think>", False, "always (7 tokens)"),
    ],
)
def test_a_row_says_whether_the_model_thought(tiny, template, on, said):
    """Nothing where it cannot; `always` where it was not to be switched off."""
    loaded = replace(tiny, tokenizer=with_template(tiny.tokenizer, template))
    assert Subject(loaded, "tiny", Bundled(), None, None, thinking=Thinking(on, 7)).thinks == said
