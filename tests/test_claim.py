"""What a decided claim does about its baseline. Each runs pytest inside pytest."""

import json
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CHECK = """
from harness.decide.bootstrap import Interval
from harness.report.paper import paper_figure

def test_claim(subject, claim):
    base = subject.evaluate(subject.whole, ["facts"])
    pruned = subject.evaluate(subject.plan("{method}", 0.25), ["facts"])
    claim.decide(
        "arithmetic-drop", "An example", Interval({interval}, 0.95, 0.01, 60), effect="e", unit="u", minimum=0.1,
        paper=paper_figure("arithmetic-drop", subject.loaded.label), params={{"method": "{method}"}},
        results={{"base": base, "pruned": pruned}}, measurements={{}}, seeds=(0, 1),
    )
"""
REPRODUCED, CONTRADICTED = "0.5, 0.4, 0.6", "0.0, -0.1, 0.05"


@pytest.fixture
def project(pytester, monkeypatch):
    """An outside project with one check on 60 items."""
    monkeypatch.setenv("PY_COLORS", "0")

    def run(interval, *options, trains=False, method="reverse"):
        marker = "import pytest\npytestmark = pytest.mark.trains(1)\n" if trains else ""
        pytester.makepyfile(marker + CHECK.format(interval=interval, method=method))
        return pytester.runpytest_subprocess("--limit", "60", "--store", "s", "-p", "no:cacheprovider", "-ra", *options)

    return run


def baseline(pytester):
    """The only baseline's path and content."""
    (path,) = (pytester.path / "baselines" / "tiny").glob("*.json")
    return path, json.loads(path.read_text())


def test_baseline_is_written_with_its_reason_and_compared_in_pairs(project, pytester):
    """Written on request; the same figures pass; lost items fail and are named; a new reason keeps the old one."""
    project(REPRODUCED, "--update-baseline", "the first of its kind")
    path, stored = baseline(pytester)

    assert (stored["reason"], stored["history"], stored["seeds"]) == ("the first of its kind", [], [0, 1])
    assert "--update-baseline 'the first of its kind'" in stored["command"]
    assert "1 passed" in project(REPRODUCED).stdout.str()
    (page,) = (pytester.path / "report" / "claims").glob("*.md")
    assert page.name == "arithmetic-drop-tiny-reverse.md"
    assert "first digit .96 -> .37" in page.read_text()

    stored["item_scores"]["pruned | facts"] = "1" * 60
    path.write_text(json.dumps(stored))
    output = project(REPRODUCED).stdout.str()
    assert "1 failed" in output
    assert "of 60 items lost and 0 gained" in output
    assert "(Holm over 2 comparisons); worst items: " in output
    assert 'if that is meant, store it: pytest checks/ --update-baseline "REASON"' in output

    project(REPRODUCED, "--update-baseline", "facts judged anew")
    _, renewed = baseline(pytester)
    assert (renewed["reason"], renewed["history"][0]["reason"]) == ("facts judged anew", "the first of its kind")
    assert "0" in renewed["item_scores"]["pruned | facts"]


def test_a_dtype_has_baselines_of_its_own(project, pytester):
    """Results in bfloat16 are not compared with those in float32; the dtype is a parameter of the record."""
    project(REPRODUCED, "--dtype", "bfloat16", "--update-baseline", "the first of its kind")
    path, stored = baseline(pytester)
    (claim,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]

    assert path.name == "arithmetic-drop-tiny-reverse--limit60--dtype-bfloat16.json"
    assert stored["params"]["dtype"] == claim["params"]["dtype"] == "bfloat16"
    stored["item_scores"]["pruned | facts"] = "1" * 60
    path.write_text(json.dumps(stored))
    assert "1 passed" in project(REPRODUCED).stdout.str()
    assert "1 failed" in project(REPRODUCED, "--dtype", "bfloat16").stdout.str()


def test_other_texts_have_baselines_of_their_own_where_the_method_looks_at_them(project, pytester):
    """The row says what the method was shown; a choice is a parameter, and a method of positions has none."""
    project(REPRODUCED, "--calibration", "c4:4x32", "--update-baseline", "the first of its kind")
    (claim,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
    assert baseline(pytester)[0].name == "arithmetic-drop-tiny-reverse--limit60.json"
    assert "calibration" not in claim["params"] | claim["measurements"]

    baseline(pytester)[0].unlink()
    for options, name, shown in (
        (("--calibration", "c4:4x32"), "--calibration-mini-world-text-4x32", "mini-world-text:4x32 "),
        ((), "", "mini-world-answers:64 "),
    ):
        project(REPRODUCED, *options, "--update-baseline", "the first of its kind", method="block_influence")
        (claim,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
        path, stored = baseline(pytester)
        assert path.name == f"arithmetic-drop-tiny-block-influence--limit60{name}.json"
        assert claim["measurements"]["calibration"].startswith(shown)
        assert stored["params"].get("calibration", "") == (shown.strip() if options else "")
        path.unlink()


def test_another_recovery_has_baselines_of_its_own(project, pytester):
    """A check that trains is not held to what another recipe found; one that does not train is not concerned."""
    other = ("--recipe", "tiny-qlora", "--training-seeds", "2")
    project(REPRODUCED, *other, "--update-baseline", "the first of its kind")
    assert baseline(pytester)[0].name == "arithmetic-drop-tiny-reverse--limit60.json"
    baseline(pytester)[0].unlink()

    project(REPRODUCED, *other, "--update-baseline", "the first of its kind", trains=True)
    path, stored = baseline(pytester)
    assert path.name == "arithmetic-drop-tiny-reverse--limit60--recipe-tiny-qlora--seeds-2.json"
    assert stored["params"]["recovery"] == {"recipe": "tiny-qlora", "seeds": 2}


def test_a_known_contradiction_is_an_expected_failure_until_it_changes(project, pytester):
    """Once its baseline says so, a contradiction is an x that keeps the run green; a change is red again."""
    project(CONTRADICTED, "--update-baseline", "contradicted on this model")
    known = project(CONTRADICTED)
    rows = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]

    assert known.ret == 0
    assert "1 xfailed" in known.stdout.str()
    assert "XFAIL" in known.stdout.str()
    assert known.stdout.str().count("contradicted") > 1
    assert [(row["verdict"], row["p_adjusted"]) for row in rows] == [("contradicted", 0.01)]

    changed = project(REPRODUCED)
    assert changed.ret == 1
    assert "verdict: was 'contradicted', is 'reproduced'" in changed.stdout.str()


def test_a_bare_snapshot_update_is_refused(project, pytester):
    """A baseline needs a reason, so syrupy's own option is not enough; nothing is run."""
    result = project(REPRODUCED, "--snapshot-update")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "use --update-baseline" in result.stderr.str()
    assert not (pytester.path / "report").exists()


def test_every_sweep_shows_the_layer_that_decided():
    """Of a page of layers only the clearest one's items say what was lost."""
    checks = [path.read_text() for path in (Path(__file__).parent.parent / "checks").rglob("test_*.py")]
    sweeps = [text for text in checks if "clearest(" in text]

    assert len(sweeps) >= 3
    assert all('shown=[f"without {layer}"]' in text for text in sweeps)
