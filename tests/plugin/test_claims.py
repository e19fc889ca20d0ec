"""What a decided claim does about its baseline. Each runs pytest inside pytest."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file

from harness.models.reference import bundled
from harness.report.names import slug_of
from tests.plugin.projects import CHECK, CONTRADICTED, REPRODUCED, baseline

pytest_plugins = ["pytester"]


def test_baseline_is_written_with_its_reason_and_compared_in_pairs(project, pytester):
    """Written on request; the same figures pass; lost items fail and are named; a new reason keeps the old one."""
    project(REPRODUCED, "--update-baseline", "the first of its kind")
    path, stored = baseline(pytester)

    assert (stored["reason"], stored["history"], stored["seeds"]) == ("the first of its kind", [], [0, 1])
    assert "--update-baseline 'the first of its kind'" in stored["command"]
    assert "1 passed" in project(REPRODUCED).stdout.str()
    (page,) = (pytester.path / "report" / "claims").glob("*.md")
    assert page.name == "example-drop--tiny--reverse--limit60.md"
    assert "without 9-11: 1.844 of 2.434 M parameters" in page.read_text()

    stored["item_scores"]["pruned | facts"] = "1" * 60
    path.write_text(json.dumps(stored))
    output = project(REPRODUCED).stdout.str()
    assert "1 failed" in output
    assert "of 60 items lost and 0 gained" in output
    assert "(Holm over 2 comparisons); worst items: " in output
    (hint,) = (line for line in output.splitlines() if line.startswith("if that is meant, store it: pytest "))
    assert "--limit 60" in hint
    assert hint.endswith('--update-baseline "REASON"')

    project(REPRODUCED, "--update-baseline", "facts judged anew")
    _, renewed = baseline(pytester)
    assert (renewed["reason"], renewed["history"][0]["reason"]) == ("facts judged anew", "the first of its kind")
    assert "0" in renewed["item_scores"]["pruned | facts"]


def test_a_design_by_another_ones_name_is_refused(project, pytester):
    """Its row would stand for the registered claim, in its family and beside its figures of the paper."""
    pytester.makepyfile(
        test_other=CHECK.format(interval=REPRODUCED, method="reverse").replace("example-drop", "arithmetic-drop")
    )
    output = project(REPRODUCED, "-k", "test_other").stdout.str()

    assert "1 failed" in output
    assert "claim 'arithmetic-drop' has a design already, and this one differs from it; give it a name" in output
    assert not [*(pytester.path / "report").glob("verdicts.json")]


def test_a_dtype_has_baselines_of_its_own(project, pytester):
    """Results in bfloat16 are not compared with those in float32; the dtype is a parameter of the record."""
    project(REPRODUCED, "--dtype", "bfloat16", "--update-baseline", "the first of its kind")
    path, stored = baseline(pytester)
    (claim,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]

    assert path.name == "example-drop--tiny--reverse--limit60--dtype-bfloat16.json"
    assert stored["params"]["dtype"] == claim["params"]["dtype"] == "bfloat16"
    stored["item_scores"]["pruned | facts"] = "1" * 60
    path.write_text(json.dumps(stored))
    assert "1 passed" in project(REPRODUCED).stdout.str()
    assert "1 failed" in project(REPRODUCED, "--dtype", "bfloat16").stdout.str()


def test_other_texts_have_baselines_of_their_own_where_the_method_looks_at_them(project, pytester):
    """The row says what the method was shown; a choice is a parameter, and a method of positions has none."""
    project(REPRODUCED, "--calibration", "c4:4x32", "--update-baseline", "the first of its kind")
    (claim,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
    assert baseline(pytester)[0].name == "example-drop--tiny--reverse--limit60.json"
    assert "calibration" not in claim["params"] | claim["measurements"]

    baseline(pytester)[0].unlink()
    for options, name, shown in (
        (("--calibration", "c4:4x32"), f"--{slug_of('calibration', 'mini-world-text:4x32')}", "mini-world-text:4x32 "),
        ((), "", "mini-world-answers:64 "),
    ):
        project(REPRODUCED, *options, "--update-baseline", "the first of its kind", method="block_influence")
        rows = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
        (claim,) = [row for row in rows if "environment" not in row]
        path, stored = baseline(pytester)
        assert path.name == f"example-drop--tiny--block-influence--limit60{name}.json"
        assert claim["measurements"]["calibration"].startswith(shown)
        assert stored["params"].get("calibration", "") == (shown.strip() if options else "")
        path.unlink()


def test_another_recovery_has_baselines_of_its_own(project, pytester):
    """A check that trains is not held to what another recipe found; one that does not train is not concerned."""
    other = ("--recipe", "tiny-qlora", "--training-seeds", "2")
    project(REPRODUCED, *other, "--update-baseline", "the first of its kind")
    assert baseline(pytester)[0].name == "example-drop--tiny--reverse--limit60.json"
    baseline(pytester)[0].unlink()

    project(REPRODUCED, *other, "--update-baseline", "the first of its kind", trains=True)
    path, stored = baseline(pytester)
    assert path.name == "example-drop--tiny--reverse--limit60--recipe-tiny-qlora--seeds-2.json"
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


def test_a_verdict_that_turns_by_a_hair_is_warned_of(project, pytester):
    """A handful of borderline answers on another processor fails no CI, in either direction; the row says today's."""
    project("0.17, 0.095, 0.25", "--update-baseline", "just not")
    result = project("0.175, 0.101, 0.25")
    (row,) = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]

    result.assert_outcomes(passed=1)
    assert row["verdict"] == "reproduced"
    assert "warning: example-drop: was inconclusive in the baseline and is reproduced by a hair" in result.stdout.str()

    project("0.05, 0.0, 0.105", "--update-baseline", "just not")
    contradicted = project("0.05, 0.0, 0.099")
    contradicted.assert_outcomes(xfailed=1)
    assert contradicted.ret == 0


def test_a_bare_snapshot_update_is_refused(project, pytester):
    """A baseline needs a reason, so syrupy's own option is not enough; nothing is run."""
    result = project(REPRODUCED, "--snapshot-update")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "use --update-baseline" in result.stderr.str()
    assert not (pytester.path / "report").exists()


@pytest.fixture
def alike(pytester):
    """Two models called checkpoint-1, in the folders of two runs."""
    folders = [pytester.path / run / "checkpoint-1" for run in ("run-a", "run-b")]
    for folder in folders:
        shutil.copytree(bundled("tiny"), folder)
    weights = load_file(folders[1] / "model.safetensors")
    weights["model.norm.weight"] *= 1.5
    save_file(weights, folders[1] / "model.safetensors", {"format": "pt"})
    return [str(folder) for folder in folders]


def test_models_of_one_name_are_told_apart(project, pytester, alike):
    """Rows, lines, pages, items and baselines of two checkpoint-1 are distinct, in one run and in two."""
    both = [argument for folder in alike for argument in ("--model", folder)]
    project(REPRODUCED, "-m", "small", *both, "--update-baseline", "first")
    output = project(REPRODUCED, "-m", "small", *both).stdout.str()

    assert "2 passed" in output
    for name in ("run-a/checkpoint-1", "run-b/checkpoint-1"):
        assert f"example-drop [{name}, method reverse, limit 60]" in output
    for folder in ("baselines/small", "report/claims", "report/items"):
        assert len([*(pytester.path / folder).iterdir()]) == 2
    rows = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
    assert len({row["model"] for row in rows}) == len({row["model_fingerprint"] for row in rows}) == 2


def test_a_baseline_of_another_model_is_neither_compared_nor_written_over(project, pytester, alike):
    """Both are refused in a sentence, and the file stays."""
    project(REPRODUCED, "-m", "small", "--model", alike[0], "--update-baseline", "first")
    (path,) = (pytester.path / "baselines" / "small").glob("*.json")
    stored = path.read_text()
    shutil.rmtree(alike[0])
    shutil.copytree(alike[1], alike[0])
    compared = project(REPRODUCED, "-m", "small", "--model", alike[0])
    updated = project(REPRODUCED, "-m", "small", "--model", alike[0], "--update-baseline", "second")

    for result in (compared, updated):
        assert "1 failed" in result.stdout.str()
        assert "is of another model called run-a/checkpoint-1" in result.stdout.str()
        assert "store it: pytest checks/ --update-baseline" not in result.stdout.str()  # it may be another project
    assert path.read_text() == stored


def test_a_broken_baseline_is_named_and_a_page_that_cannot_be_written_costs_no_table(project, pytester):
    """A merge conflict is one sentence; the table is printed whatever else fails, and the run is red."""
    project(REPRODUCED, "--update-baseline", "first")
    path, _ = baseline(pytester)
    path.write_text("<<<<<<< HEAD\n")
    output = project(REPRODUCED).stdout.str()
    assert f"bad input: {path}: cannot be read" in output
    assert "Traceback" not in output

    path.unlink()
    shutil.rmtree(pytester.path / "report" / "claims")
    (pytester.path / "report" / "claims").write_text("in the way")
    result = project(REPRODUCED)
    assert "e: +0.500 [+0.400, +0.600]" in result.stdout.str()
    assert "ERROR: --report report: cannot be written" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
