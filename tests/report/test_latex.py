"""The claims as a LaTeX table."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.__main__ import main
from harness.report.latex import escaped, latex_table
from tests.report.pages import HOSTILE, RECORD, folder_of, results

SPECIAL = re.compile(r"(?<!\\)[{}$&#_%~^\\]")


def rows(text):
    """The lines between the rules, each as its cells."""
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0]
    return [[cell.strip() for cell in line.removesuffix(r"\\").split(" & ")] for line in body.strip().splitlines()]


def test_a_claim_is_a_line():
    """What it says, how it was asked, ours with its interval, the minimum, the paper's, the verdict."""
    record = replace(RECORD, minimum=0.3, p_adjusted=0.01, paper=replace(RECORD.paper, number=-0.45))
    text = latex_table([record])

    assert rows(text) == [["A claim", r"reverse, 25 \%", "$0.400~[0.300,~0.500]$", "$0.3$", "$-0.45$", "reproduced"]]
    for part in (r"\begin{table}", r"\toprule", r"\end{tabular}", r"\end{table}", "removing layers from tiny."):
        assert text.count(part) == 1
    assert text.count("{") == text.count("}")


def test_what_does_not_stand_or_was_not_measured_is_marked():
    """A dagger where the correction takes a verdict back; a dash where only the base was asked."""
    wide = replace(RECORD, effect=replace(RECORD.effect, confidence=0.975), p_adjusted=0.2)
    refused = replace(RECORD, model="other", verdict="not testable", effect=None, p_value=None, params={})
    (first, second), text = rows(latex_table([wide, refused])), latex_table([wide, refused])

    assert first[2].endswith(r"$ (97.5 \%)")
    assert first[5] == r"reproduced$^\dagger$"
    assert r"$\dagger$: not after Holm's correction" in text
    assert second == ["A claim", "other", "--", "--", "x", "not testable"]


@given(st.text())
def test_no_text_is_a_command(text):
    """Whatever signs it has: every one that means something to LaTeX is escaped, and braces are in pairs."""
    shown = escaped(text)
    without = re.sub(r"\\text[a-z]+\{\}|\\[{}$&#_%]|\{(\[|\]|\*|'')\}", "", shown)

    assert not SPECIAL.search(without)
    assert "\n" not in shown
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("50 % of a_b & c", r"50 \% of a\_b \& c"), (r"\input{x}", r"\textbackslash{}input\{x\}"),
     ("[repo]", "{[}repo{]}"), ("a \u2013 b ≥ é", "a -- b ? é"), ("a\n\x1bb", "a  b")],
)  # fmt: skip
def test_a_text_is_printed_as_it_is(text, shown):
    """Brackets begin no optional argument behind a line's end; signs without a font are question marks."""
    assert escaped(text) == shown


def test_the_command_writes_it(tmp_path, capsys):
    """Beside the page; of a hostile title too."""
    table = tmp_path / "claims.tex"
    folder_of(tmp_path / "r", (replace(RECORD, title=HOSTILE), results()))

    assert main(["report", str(tmp_path / "r"), "--latex", str(table)]) == 0
    assert capsys.readouterr().out == f"{table}\n{tmp_path / 'r' / 'index.html'}\n"
    assert len(rows(table.read_text())) == 1
