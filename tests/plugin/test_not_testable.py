"""Claims that nothing could decide, from a check to the exit code. Each runs pytest inside pytest."""

import json
from xml.etree import ElementTree as ET

import pytest

pytest_plugins = ["pytester"]

CHECK = """
from pathlib import Path
from harness import Condition, Design, Interval

def measured(low, high):
    def effect(evidence, at):
        nearly_nothing = 1e-9 * evidence["hit"][0].runs[0].count(1)  # an effect that nothing moves is no design
        return Interval(*(end + nearly_nothing for end in ((low + high) / 2, low, high)), 0.95, 0.01, 100)
    return effect

def test_{name}(subject, claim):
    conditions = (Condition("moved", measured(*{moved}), 0.0, "it moved by {{measured}}", "train longer"),)
    design = Design(
        "{name}", "An example", measured(0.4, 0.6), 0.1, "u", {{"hit": "{prediction}"}}, conditions,
        family="example", ordered=True,
    )
    case = claim.case(design, {{"method": "reverse"}})
    base = case.base({{"hit": ["facts"]}})
    Path("went on").touch()
    pruned = subject.evaluate(subject.plan("reverse", 0.25), ["facts"])
    case.decide({{"hit": case.scores("hit", pruned)}}, effect="e", results={{"base": base, "pruned": pruned}},
                measurements={{}})
"""
NO_ROOM = {"name": "no_room", "prediction": "rises", "moved": (0.1, 0.2)}
"""The base knows its facts, so that their score cannot rise: refused after the base."""
UNMOVED = {"name": "unmoved", "prediction": "lost", "moved": (-0.1, 0.2)}
"""A condition fails: measured, and no verdict."""
DECIDED = {"name": "decided", "prediction": "lost", "moved": (0.1, 0.2)}


@pytest.fixture
def run(pytester, monkeypatch, tiny):
    """A project with some of these checks on 60 items."""
    monkeypatch.setenv("PY_COLORS", "0")

    def start(checks, *options):
        pytester.makepyfile(**{f"test_{check['name']}": CHECK.format(**check) for check in checks})
        return pytester.runpytest_inprocess("--limit", "60", "--store", "s", "-p", "no:cacheprovider", *options)

    return start


def rows(pytester):
    """The rows of the report."""
    return json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]


def test_a_refusal_costs_a_slice_of_the_base_and_keeps_it(run, pytester):
    """No variant is made; the row has the base's scores, the item files and the page what it answered."""
    output = run([NO_ROOM], "-v").stdout.str()
    (row,) = rows(pytester)
    reason = "on its first 50 items the unpruned model leaves nothing to measure (facts: the base is at"

    assert not (pytester.path / "went on").exists()
    assert (row["verdict"], row["effect"], row["p_value"], row["n_items"]) == ("not testable", None, None, 50)
    assert row["reason"].startswith(reason)
    assert row["measurements"]["base_scores"]["facts"] > 0.9
    (items,) = (pytester.path / "report" / "items").rglob("*.jsonl")
    assert (items.name, len(items.read_text().splitlines())) == ("base.jsonl", 50)
    (page,) = (pytester.path / "report" / "claims").glob("*.md")
    assert "- ours: not measured; only the unpruned model was asked" in page.read_text()
    assert "## What the unpruned model scored" in page.read_text()
    assert "What was lost" not in page.read_text()
    assert "NOT TESTABLE" in output
    assert "1 not testable in " in output
    assert "not measured" in output
    assert f"no_room [tiny, method reverse, limit 60]: {reason}" in output
    (score,) = row["scores"]
    assert (score["task"], score["n"], score["variant"], score["kept"]) == ("facts", 50, None, None)
    assert score["left_out"].startswith("the base is at")
    assert "  facts  classification  50" in output


def test_a_condition_that_fails_keeps_the_effect_and_gives_no_verdict(run, pytester):
    """What was measured is in the row with its interval; how sure an effect is that decides nothing is not said."""
    output = run([UNMOVED]).stdout.str()
    (row,) = rows(pytester)

    assert (pytester.path / "went on").exists()
    assert (row["verdict"], row["effect"]["low"], row["p_value"], row["p_adjusted"]) == (
        "not testable",
        pytest.approx(0.4),
        None,
        None,
    )
    assert row["reason"] == "it moved by 0.050 [-0.100, 0.200]; to make it testable, train longer"
    assert row["measurements"]["conditions"]["moved"]["high"] == pytest.approx(0.2)
    assert row["measurements"]["conditions"]["moved"]["least"] == 0.0
    assert len([*(pytester.path / "report" / "items").rglob("*.jsonl")]) == 2
    assert "e: +0.500 [+0.400, +0.600], n=100" in output
    (score,) = row["scores"]
    assert (score["role"], score["n"], score["base"], score["chance"]) == ("pruned", 60, 1.0, 0.25)
    assert f"facts  classification  (pruned)  60     0.250  1.000    {score['variant']:.3f}" in output


@pytest.mark.parametrize(
    ("checks", "options", "code", "outcomes", "sentence"),
    [
        ([NO_ROOM], [], 5, {"passed": 0}, "not testable on this model, for the reasons above: no_room"),
        (
            [NO_ROOM, UNMOVED],
            [],
            5,
            {"passed": 0},
            "not testable on this model, for the reasons above: no_room, unmoved",
        ),
        ([NO_ROOM, DECIDED], [], 0, {"passed": 1}, None),
        ([NO_ROOM], ["--not-testable", "fail"], 1, {"failed": 1}, None),
        ([UNMOVED, DECIDED], ["--not-testable", "fail"], 1, {"failed": 1, "passed": 1}, None),
    ],
)
def test_a_run_of_which_nothing_was_testable_is_not_green(run, checks, options, code, outcomes, sentence):
    """It exits with 5, as one that ran nothing; beside a decided claim with 0; with `--not-testable=fail` with 1."""
    result = run(checks, *options)
    said = [line for line in result.stdout.lines if line.startswith("layer pruning checks: nothing was decided: ")]

    assert result.ret == code
    result.assert_outcomes(**outcomes)
    assert [line.partition("decided: ")[2] for line in said] == ([sentence] if sentence else [])


def test_what_the_baseline_says_too_is_green(run, pytester):
    """A claim that is known not to be testable was compared; once it is testable, that is a difference."""
    stored = run([NO_ROOM], "--update-baseline", "nothing to see")
    known = run([NO_ROOM])
    (baseline,) = (pytester.path / "baselines" / "tiny").glob("*.json")
    content = json.loads(baseline.read_text())

    assert (stored.ret, known.ret) == (0, 0)
    assert (content["verdict"], content["effect"], [*content["scores"]]) == ("not testable", None, ["base | facts"])
    changed = run([NO_ROOM | {"prediction": "lost"}])
    assert changed.ret == 1
    assert "verdict: was 'not testable', is 'reproduced'" in changed.stdout.str()


def test_a_ci_reads_claim_and_verdict_from_a_junit_file(run, pytester):
    """Properties of the test's case, beside the whole row."""
    run([NO_ROOM, DECIDED], "--junit-xml", "junit.xml", "--update-baseline", "for now")
    cases = {}
    for case in ET.parse(pytester.path / "junit.xml").iter("testcase"):
        given = {each.get("name"): each.get("value") for each in case.iter("property")}
        cases[given["claim"]] = given["verdict"], given["baseline"], json.loads(given["layer_pruning_claim"])["title"]

    assert cases == {
        "no_room": ("not testable", "stored", "An example"),
        "decided": ("reproduced", "stored", "An example"),
    }


def test_another_test_s_exception_is_its_own(run, pytester):
    """Only a check of ours ends well where it is not testable; whoever raises the same elsewhere has failed."""
    pytester.makepyfile(
        test_foreign="from harness.subject.closing import NotTestable\n"
        "def test_foreign():\n    raise NotTestable('mine')"
    )
    result = run([NO_ROOM])

    result.assert_outcomes(failed=1)
    assert "NotTestable: mine" in result.stdout.str()


def test_colours_and_letters(run):
    """A letter of its own, in a colour that is neither green nor red."""
    output = run([NO_ROOM, UNMOVED, DECIDED], "--color", "yes").stdout.str()

    assert "\x1b[36mn\x1b[0m" in output
    assert "\x1b[33m" in output.splitlines()[-1]
