"""The gate's answer for people and for programs."""

import json
from xml.etree import ElementTree as ET

import pytest

from harness.decide.bootstrap import Interval
from harness.gate.decision import Decision, Row
from harness.gate.files import in_json, in_junit
from harness.gate.logged import Log
from harness.gate.page import in_markdown, terminal

HOSTILE = "<script>alert(1)</script>|`x`\x1b[31m & a very long name of a task"
ROWS = (
    Row("arc", "kept", 400, 0.5, 0.5, Interval(1.0, 0.96, 1.04, 0.95, 0.01, 400), 0.02, 3, 3, "acc", 0.25),
    Row(HOSTILE, "broken", 40_000, 0.5, 0.4, Interval(-0.8, -0.999, float("inf"), 0.95, 0.01, 400), 0.02, 30_000, 0),
    Row("gsm8k", "not comparable", why="num_fewshot is 5 for the base and 0 for the new model " * 3),
)
DECISION = Decision("broken", f"less than 0.95 is kept on {HOSTILE}", 0.95, ROWS, (f"a note on {HOSTILE}",))
LOGS = (Log("logs/base", "lm-eval 0.4.13", "org/model", {}), Log("logs/new", "lm-eval", f"org/{HOSTILE}", {}))


def test_the_table_fits_a_terminal():
    """80 columns, whatever the names are; they are never cut."""
    lines = terminal(DECISION, *LOGS).splitlines()

    assert max(map(len, lines)) <= 80
    assert "arc                 400 0.500 0.500   1.000 [0.960, 1.040]    3      3      kept" in lines
    assert any(line.endswith("differs") and line.startswith("gsm8k") for line in lines)
    assert " ".join(lines).count("num_fewshot is 5") == 3


def test_a_name_moves_no_cursor():
    """Signs that a terminal obeys are shown as question marks."""
    assert "\x1b" not in terminal(DECISION, *LOGS)


def test_markdown_runs_nothing_of_a_stranger():
    """Names of models and tasks are escaped."""
    text = in_markdown(DECISION, *LOGS)

    assert "<script>" not in text
    assert "`" not in text
    assert text.count("\n| ") == 5
    assert all(line.replace("\\|", "").count("|") == 9 for line in text.splitlines() if line.startswith("| "))


def test_markdown_keeps_a_name_in_its_cell():
    """A backslash before a bar would free it, and a carriage return ends a line."""
    row = Row("a\\|b\rc", "left out", 1)
    text = in_markdown(Decision("kept", "so", 0.95, (row,)), *LOGS)

    assert "| a&#92;\\|b c |" in text


def test_json_holds_all_of_it():
    """Ends that do not exist are null, which every reader of JSON knows."""
    content = json.loads(in_json(DECISION, *LOGS), parse_constant=pytest.fail)

    assert content["verdict"] == "broken"
    assert content["rows"][0]["retention"]["low"] == 0.96
    assert content["rows"][1]["retention"]["high"] is None
    assert content["new"]["source"] == "logs/new"


def test_junit_fails_what_is_broken_and_skips_what_is_not_decided():
    """The whole is a case of its own; text that XML cannot hold is left out."""
    suite = ET.fromstring(in_junit(DECISION))
    kinds = {case.get("name"): [child.tag for child in case] for case in suite}

    assert kinds["arc"] == []
    assert kinds["gsm8k"] == ["skipped"]
    assert kinds["gate"] == ["failure"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "2", "1")


def test_junit_holds_no_sign_that_xml_cannot():
    """Two that are no characters, and half a pair."""
    row = Row("a\ufffe\uffff\ud800\rb\U0001f600", "kept", 1)

    assert 'name="ab\U0001f600"' in in_junit(Decision("kept", "so", 0.95, (row,)))


@pytest.mark.parametrize("verdict", ["undecided", "not comparable"])
def test_what_is_not_kept_is_no_green_suite(verdict):
    """As the exit code says too."""
    suite = ET.fromstring(in_junit(Decision(verdict, "why", 0.95, ())))

    assert suite.get("errors") == "1"
