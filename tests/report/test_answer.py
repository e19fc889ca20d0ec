"""The page of an answer that is no run of checks."""

import re

from harness.report.answer import Answer, Section, Table, answer_page
from tests.report.pages import HOSTILE


def test_what_a_stranger_wrote_is_text():
    """Names of models, tasks and reasons run nothing; half a character is written out."""
    section = Section(HOSTILE, "kept", [HOSTILE], [Table(HOSTILE, (HOSTILE,), [(HOSTILE,)])], [], [HOSTILE + "\ud800"])
    page = answer_page(Answer(HOSTILE, [section], {HOSTILE: HOSTILE}))

    assert "<script" not in page
    assert "<img" not in page
    assert "\\ud800" in page
    page.encode()


def test_the_verdict_comes_first_and_nothing_is_fetched():
    """Then sentences, tables, pictures; a cell that is a verdict has its colour, a picture of nothing no place."""
    table = Table("Claims", ("verdict", "n", "role"), [("not testable", "3", "broken")])
    section = Section("a", "not comparable", ["why"], [table], [("nothing", ""), ("dots", "<svg></svg>")])
    page = answer_page(Answer("Is it?", [section], {"Base": "b"}))

    assert '<h2>a: <span class="verdict not-comparable">not comparable</span></h2>\n<p>why</p>' in page
    assert '<td class="verdict not-testable">not testable</td><td class="n">3</td><td>broken</td>' in page
    assert "<h3>dots</h3>" in page
    assert "<h3>nothing</h3>" not in page
    assert "<dt>Base</dt><dd>b</dd>" in page
    assert not re.search(r"(https?:)?//[a-z]", page)
    assert "default-src 'none'" in page
