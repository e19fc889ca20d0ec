"""What must earn no verdict, planted into whole runs of `pytest checks/` on the tiny model (`tests/planted.py`)."""

import json
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CHECKS = Path(__file__).parent.parent / "checks"
TRAINED = ("recovery_ceiling", "more_training", "self_generated", "low_ratios_are_viable")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Answers that the runs of this module share."""
    return tmp_path_factory.mktemp("planted")


@pytest.fixture
def run(pytester, store, tiny):  # what loading a model imports is there before
    """Runs some of the checks of this repository; their rows by claim, and pytest's result."""

    def start(wanted, *options):
        report = pytester.path / "report"
        done = pytester.runpytest_inprocess(
            str(CHECKS), "-p", "tests.planted", "-p", "no:cacheprovider", "-q", "-k", " or ".join(wanted),
            "--method", "reverse", "--report", str(report), "--store", str(store), *options,
        )  # fmt: skip
        rows = json.loads((report / "verdicts.json").read_text())["claims"]
        (report / "verdicts.json").unlink()  # a row of an earlier run would stay
        return {row["claim"]: row for row in rows}, done

    return start


def verdicts(rows):
    """Claim -> verdict."""
    return {claim: row["verdict"] for claim, row in rows.items()}


def spent(row):
    """Tokens that a row ran through a model, of prompts and of answers."""
    return row["cost"]["forward_tokens"] + row["cost"]["generated_tokens"]


def test_a_base_that_guesses_decides_nothing_at_a_tenth_of_the_cost(run):
    """Arithmetic is refused on its first 50 items; the honest check runs ten times as many tokens, or more."""
    limit = ("--limit", "390")
    rows, done = run(["arithmetic_drop"], *limit, "--planted", "base-at-chance")
    honest, _ = run(["arithmetic_drop"], *limit)

    assert verdicts(rows) == {"arithmetic-drop": "not testable"}
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "nothing was decided: not testable on this model" in done.stdout.str()
    assert verdicts(honest) == {"arithmetic-drop": "reproduced"}
    assert spent(rows["arithmetic-drop"]) < spent(honest["arithmetic-drop"]) / 10


@pytest.mark.slow
def test_a_base_that_guesses_decides_no_claim(run):
    """Every check is refused on the base's first items, and leaves a row that says of which tasks."""
    rows, done = run(["test"], "--limit", "390", "--planted", "base-at-chance")

    assert set(verdicts(rows).values()) == {"not testable"}
    assert len(rows) >= 11
    assert done.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    reasons = [row["reason"] for row in rows.values()]
    assert all(reason.startswith("on its first 50 items the unpruned model leaves nothing") for reason in reasons)


def test_a_mute_variant_lost_no_ability_that_was_measured(run):
    """Silence is neither lost arithmetic nor a gap between nothing and nothing."""
    rows, _ = run(["arithmetic_drop", "classification_vs"], "--limit", "60", "--planted", "mute-variant")

    assert set(verdicts(rows).values()) == {"not testable"}
    assert "hardly answers in the form asked for" in rows["arithmetic-drop"]["reason"]
    assert rows["classification-vs-generative-gap"]["reason"].startswith("nothing was kept that could differ")


@pytest.mark.slow
def test_layers_that_leave_a_mute_model_decide_no_sweep(run):
    """Silent answers are no intact text and hold no program; that nothing is generated is what can be said."""
    sweeps = ("single_layer", "degeneration", "brackets")
    rows, _ = run([*sweeps, "gap_survives", "low_ratios_without"], "--limit", "120", "--planted", "mute-variant")
    found = verdicts(rows)

    assert found.pop("low-ratios-without-recovery") == "contradicted"
    assert len(found) == 4
    assert set(found.values()) == {"not testable"}


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["idle", "ruinous"])
def test_a_recovery_that_brought_nothing_back_decides_no_recovery(run, recipe):
    """Neither one that learns nothing nor one that ruins the model; what the pruned model kept anyway may count."""
    options = ("--limit", "40", "--training-seeds", "1", "--recovery-examples", "176")
    rows, _ = run(TRAINED, *options, "--recipe", recipe)
    found = verdicts(rows)

    assert found.pop("low-ratios-are-viable") != "contradicted"
    assert len(found) == 3
    assert set(found.values()) == {"not testable"}
    assert all("did not bring anything back for certain" in rows[claim]["reason"] for claim in found)
