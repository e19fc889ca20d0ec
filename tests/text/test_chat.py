"""Chat templates: what strangers' programs may do, and what a question may not."""

import pytest

from harness.errors import BadInput
from harness.text import bounds
from harness.text.chat import render
from harness.text.template import tried
from tests.text.tokenizers import with_template

ASKED = [{"role": "user", "content": "tom has 3 apples"}]
REFUSED = {
    "raises": ("{{ raise_exception('no user turns') }}", "TemplateError: no user turns"),
    "does not parse": ("{% for m in messages %}", "TemplateSyntaxError"),
    "not closed": ("{{ messages }", "TemplateSyntaxError: unexpected '}'"),
    "undefined": ("{{ tools[0].name }}", "UndefinedError"),
    "a field that is missing": ("{{ messages[0].name.first }}", "UndefinedError"),
    "renders blanks": (" \n", "leaves the question out"),
    "leaves the question out": ("<user>hello<end>", "leaves the question out"),
    "wants another role first": (
        "{% if messages[0].role != 'system' %}{{ raise_exception('system first') }}{% endif %}",
        "TemplateError: system first",
    ),
    "escapes": ("{{ ''.__class__.__mro__ }}", "SecurityError"),
    "escapes by a filter": ("{{ messages | attr('append') }}{{ messages.append(1) }}", "SecurityError"),
    "endless": ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "does not end"),
    "endless over text": (
        "{% set x = 'a' * 9999 %}{% for a in x %}{% for b in x if b == 'b' %}c{% endfor %}{% endfor %}",
        "does not end within 200,000 steps",
    ),
    "endless macro": ("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}", "RecursionError"),
    "a large text": ("{{ 'x' * 9000000000 }}", "MemoryError: it takes more than 256 MiB"),
    "a large list": ("{{ ([0] * 9000000000)|length }}", "MemoryError: it takes more than 256 MiB"),
    "a large power": ("{{ 10 ** 10 ** 10 }}", "it computes powers"),
    "a large field": ("{{ '%9000000000d' % 1 }}", "MemoryError: it takes more than 256 MiB"),
    "a large filter": ("{{ 'x'|center(9000000000) }}", "MemoryError: it takes more than 256 MiB"),
    "a large method": ("{{ 'x'.ljust(9000000000) }}", "MemoryError: it takes more than 256 MiB"),
    "doubles": (
        "{% set n = namespace(x='ab') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}{{ n.x }}",
        "MemoryError: it takes more than 256 MiB",
    ),
    "a long answer": ("{{ 'x' * 2000000 }}{{ messages }}", "it renders 2,0..,... characters"),
    "draws": ("{{ ['a', 'b', 'c'] | random }} {{ messages[0].content }}", "draws .it renders one question in 3 ways"),
    "draws by a map": ("{{ [[1, 2, 3]] | map('random') | list }}{{ messages[0].content }}", "draws"),
    "invents": ("{{ lipsum(1) }}{{ messages[0].content }}", "draws"),
    "an address": ("{{ cycler('a') }}{{ messages[0].content }}", "writes an address in memory"),
    "escapes signs": ("{{ messages[0].content | e }}", "goes on with '\"tom.* it renders '&#34;tom"),
    "as JSON": ("{{ messages[0].content | tojson }}", "changes the question"),
    "wraps": ("{{ messages[0].content | wordwrap(40) }}", "changes the question"),
    "truncates": ("{{ messages[0].content | truncate(4000) }}", "changes the question"),
    "cuts": ("{{ messages[0].content[:40] }}", "changes the question"),
    "the first line": ("{{ messages[0].content.split('\n')[0] }}", "changes the question"),
    "without blank lines": ("{{ messages[0].content.replace('\n\n', '\n') }}", "changes the question"),
    "a list as text": ("{% if messages[0].content is not string %}{{ messages[0].content }}{% endif %}", "changes the"),
    "divides by zero": ("{{ 1 // 0 }}", "ZeroDivisionError"),
    "adds text to a number": ("{{ messages[0].content + 1 }}", "TypeError"),
    "unknown filter": ("{{ messages | no_such_filter }}", "No filter named"),
    "unknown tag": ("{% include 'x' %}", "TypeError"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_template_that_cannot_be_used_is_refused_in_a_sentence(tiny, name, monkeypatch):
    """With what it says, before any question is asked."""
    monkeypatch.setattr(bounds, "STEPS", 200_000)
    template, message = REFUSED[name]
    with pytest.raises(BadInput, match=message) as refusal:
        tried(with_template(tiny.tokenizer, template))
    assert "\n" not in str(refusal.value)
    assert "mend tokenizer.chat_template" in str(refusal.value)


@pytest.mark.parametrize("templates", [{"tool_use": "{{ messages[0].content }}"}, {"default": "{{ 1 / 0 }}"}], ids=str)
def test_several_templates_without_a_usable_default_are_refused(tiny, templates):
    """Named templates are offered for tools and documents, which are not asked with."""
    with pytest.raises(BadInput, match="the chat template cannot be used"):
        tried(with_template(tiny.tokenizer, templates))


def test_the_budget_is_far_above_what_published_templates_take(tiny):
    """The largest prompt of ours in a template of 8 kB takes a small part of it."""
    long = "{% if false %}" + "{{ messages[0].content | trim | upper }}" * 200 + "{% endif %}"
    text = render(with_template(tiny.tokenizer, long + tiny.tokenizer.chat_template), [
        {"role": "user", "content": "word " * 20_000}])  # fmt: skip
    assert text.count("word") == 20_000


def test_the_previous_trace_function_comes_back(tiny):
    """Debuggers and coverage go on."""
    import sys

    def trace(*_):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        render(tiny.tokenizer, ASKED)
        assert sys.gettrace() is trace
    finally:
        sys.settrace(before)


def test_contents_go_in_parts_where_the_template_reads_parts(tiny):
    """Vision-language templates look for text parts; the words come out the same."""
    parts = "{% for m in messages %}<user>{% for p in m.content %}{{ p.text }}{% endfor %}<end>{% endfor %}<assistant>"
    assert render(with_template(tiny.tokenizer, parts), ASKED) == "<user>tom has 3 apples<end><assistant>"


def test_the_date_does_not_change_the_question(tiny):
    """Templates that print today's date print one day for ever, in their own format."""
    dated = "{{ strftime_now('%d %b %Y') }} {{ strftime_now(\"%A\") }} {{ messages[0].content }}"
    assert render(with_template(tiny.tokenizer, dated), ASKED) == "26 Jul 2024 Friday tom has 3 apples"


@pytest.mark.parametrize("call", [
    "{% set f = '%d %b %Y' %}{{ strftime_now(f) }}", "{% set now = strftime_now %}{{ now('%d %b %Y') }}",
    "{{ strftime_now(format='%d' ~ ' %b %Y') }}",
    "{% macro m() %}{{ strftime_now('%d %b %Y') }}{% endmacro %}{{ m() }}",
])  # fmt: skip
def test_the_date_is_one_day_whatever_way_it_is_asked_for(tiny, call):
    """By a variable, another name, a keyword, or inside a macro."""
    dated = with_template(tiny.tokenizer, call + " {{ messages[0].content }}")
    assert render(dated, ASKED) == "26 Jul 2024 tom has 3 apples"


def test_a_question_that_is_changed_is_refused_also_where_the_probe_was_not(tiny):
    """A template may look for anything in a question; what it made of each is looked at."""
    picky = with_template(tiny.tokenizer, "{{ messages[0].content.replace('apples', 'pears') }}")
    with pytest.raises(BadInput, match="goes on with 'apples', it renders 'pears'; expected the content of a user"):
        render(picky, ASKED)


def test_blanks_around_a_question_may_go(tiny):
    """Llama's and Gemma's templates trim."""
    trims = with_template(tiny.tokenizer, "{{ messages[0].content | trim }}")
    assert render(trims, [{"role": "user", "content": "  two\n\nlines "}]) == "two\n\nlines"


def test_drawing_in_a_template_leaves_the_process_alone(tiny):
    """Its generator goes on where it was."""
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    tried(with_template(tiny.tokenizer, tiny.tokenizer.chat_template))
    assert random.random() == expected
