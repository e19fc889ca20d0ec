"""The gpu tier without a GPU: every check runs on a random stand-in of each of the paper's models, deciding nothing."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.decide.designs import DESIGNS
from harness.models.catalogue import MODELS, find

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parent.parent
HEALED = "more-training-does-not-restore"  # has a second, short check, which runs on all four
SWEEP_MODEL, LONG_MODEL = "qwen2.5-7b", "mistral-7b"  # unlike tokenizers: one begins a text with BOS
SWEEPS = [design.claim for design in DESIGNS.values() if design.sweep and design.family != "neighbours"]
LONGEST = dict.fromkeys(SWEEPS, SWEEP_MODEL) | dict.fromkeys(
    (HEALED, "self-generated-beats-external", "recovery-ceiling", "low-ratios-are-viable",
     "low-ratios-without-recovery", "positions-vary-by-family", "gap-survives-controls"), LONG_MODEL,
)  # fmt: skip
"""Claims that train, remove every layer in turn, remove at many ratios or ask in many forms, and the one model that
they run on unless the test is slow."""
FIRST_CLAIMS = {"arithmetic-drop", "classification-vs-generative-gap", "single-layer-sensitivity"}


@pytest.fixture(scope="module", params=[False, pytest.param(True, marks=pytest.mark.slow)], ids=["most", "whole"])
def dry_run(request, tmp_path_factory):
    """Output, verdicts and what was left out of the checks of this repository, run dry without the network."""
    report = tmp_path_factory.mktemp("dry-run") / "report"
    others = {claim: [model.name for model in MODELS if model.name != kept] for claim, kept in LONGEST.items()}
    left = set() if request.param else {(claim, model) for claim, models in others.items() for model in models}
    unwanted = [f"--deselect={decider(claim)}[{hub_name(model)}" for claim, model in sorted(left)]
    options = ["-m", "gpu", "--dry-run", "--report", str(report), "-p", "no:cacheprovider", "--disable-socket", "-v"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "checks/", *options, *unwanted],
        cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-6000:] + result.stderr[-2000:]
    rows = json.loads((report / "verdicts.json").read_text())["claims"]
    return result.stdout, rows, {(claim, f"{model}-stand-in") for claim, model in left}


def decider(claim):
    """The test that decides a claim, as pytest names it."""
    name = f"test_{claim.replace('-', '_')}"
    return f"checks/{name}.py::{name}"


def hub_name(name):
    """A model of the catalogue as it is written in the name of a test."""
    return find(name).hub.rpartition("/")[2].lower()


def test_every_check_ran_on_every_model(dry_run):
    """No check is skipped, fails or decides; each that was not left out has a row for each model."""
    output, rows, left_out = dry_run
    (last,) = re.findall(r"=+ (.*) in [\d.]+s", output.splitlines()[-1])
    checks = set(re.findall(r"checks/(test_\w+)\.py::", output))
    models = {f"{model.name}-stand-in" for model in MODELS}
    claims = {row["claim"] for row in rows}

    # urllib3 asks for an IPv6 socket when it is imported, is refused one here, and goes on: a warning of pytest-socket
    assert re.fullmatch(rf"\d+ deselected, (\d+ warnings?, )?{len(rows)} inconclusive", last)
    assert claims >= FIRST_CLAIMS
    assert len(claims) == len(checks)
    every = {(claim, model) for claim in claims for model in models}
    found = {(row["claim"], row["model"]) for row in rows}
    assert found <= every
    assert every - found == {pair for pair in left_out if pair[0] != HEALED}


def test_rows_say_that_nothing_is_decided(dry_run):
    """Every row is of the gpu tier, inconclusive, and gives the dry run as its reason."""
    assert {(row["tier"], row["verdict"], row["reason"]) for row in dry_run[1]} == {
        ("gpu", "inconclusive", "dry run: random weights decide nothing")
    }


def test_statistics_had_something_to_do(dry_run):
    """Bases score above 0 and variants differ from them, so that no part was run on constants only."""
    rows = [row for row in dry_run[1] if row["claim"] == "classification-vs-generative-gap"]

    for row in rows:
        base, pruned = row["measurements"]["base_scores"], row["measurements"]["pruned_scores"]
        assert min(base.values()) > 0
        assert base != pruned


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "--dry-run is of the gpu tier only; add -m gpu"),
        (["-m", "gpu", "--limit", "3"], "--limit with --dry-run: model and items are invented"),
        (["-m", "gpu", "--data", "."], "--data with --dry-run"),
        (["-m", "gpu", "--snapshot-update"], "--snapshot-update with --dry-run"),
        (["-m", "gpu", "--model", "tiny"], "--model tiny: there are stand-ins for qwen2.5-7b"),
    ],
)
def test_what_a_dry_run_cannot_take_is_refused(pytester, options, sentence):
    """Real data, limits, baselines and other models stop before any work."""
    pytester.makepyfile("def test_nothing(): pass")

    assert sentence in pytester.runpytest_inprocess("--dry-run", *options).stderr.str()
