"""The table at the end of a run, in windows of any width and where only ASCII can be shown."""

import re
from dataclasses import replace

import pytest

from harness.report.record import Kept, Score
from harness.report.scores import score_lines
from harness.report.table import COLOURS, fitted, in_encoding, verdict_table
from tests.report.pages import RECORD


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "a ── é"), ("ascii", "a -- ?"), (None, "a -- ?"), ("latin-1", "a -- é")],
)
def test_lines_are_drawn_with_what_there_is(encoding, shown):
    """Rules become dashes; what cannot be shown is one question mark, and the line stays as long as it was."""
    assert in_encoding("a ── é", encoding) == shown


ROWS = [
    replace(RECORD, claim="more-training-does-not-restore", params={"method": "block_influence", "ratio": 0.25}),
    replace(RECORD, claim="gap-survives-controls", verdict="not testable", effect=None, p_value=None),
]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_table_fits_the_window(width):
    """No line is wider, no verdict is broken, and every claim, method and interval is there."""
    lines = verdict_table(ROWS, width).splitlines()

    assert max(map(len, lines)) <= width
    ends = [verdict for line in lines for verdict in COLOURS if line.endswith(verdict)]
    assert ends == ["reproduced", "not testable"]
    assert "block_influence" in "".join("".join(lines).split())


def test_verdicts_have_their_colour_where_a_terminal_shows_it():
    """Nothing else has one, and a file has none."""
    coloured = verdict_table(ROWS, coloured=True)

    assert re.findall(r"\x1b\[(\d\d)m([a-z ]*[a-z]) *\x1b\[0m", coloured) == [
        ("32", "reproduced"),
        ("36", "not testable"),
    ]
    plain = re.sub(r"\x1b\[\d+m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == verdict_table(ROWS).splitlines()


def test_scores_and_sentences_fit_the_window_too():
    """Columns that the page has are left out of a narrow one; a sentence goes on below."""
    kept = Kept(0.05, 0.04, 0.06, 0.95)
    score = Score("arithmetic_first_digit", "classification", "answered", 3, 0.25, 1.0, 0.0, kept)
    record = replace(RECORD, scores=(score,))

    assert max(map(len, score_lines(record, 80))) <= 80
    assert "classification" not in score_lines(record, 80)[1]
    assert "classification" in score_lines(record)[1]
    assert fitted("a claim [tiny]: because of this", 16) == ["a claim [tiny]:", "  because of", "  this"]
    assert fitted("", 16) == [""]
