"""Sizes of a run: from the tier's tasks and what is stored."""

import json
import re
from pathlib import Path

import pytest

from harness.decide.designs import DESIGNS
from harness.errors import BadInput
from harness.models.catalogue import find
from harness.selfcheck.simulated.sizes import SPREAD, run_of, sizes_of
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.roles import QUESTIONS
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS, sweep_limit

ROOT = Path(__file__).parents[3]
BASELINES = ROOT / "baselines"


def write(folder, name, content):
    """A JSON file in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def baselines(tmp_path):
    """A folder that knows the published benchmarks, and no run."""
    write(tmp_path, "benchmarks.json", json.loads((BASELINES / "benchmarks.json").read_text()))
    return tmp_path


@pytest.mark.parametrize("tier", ["tiny", "small", "gpu"])
@pytest.mark.parametrize("claim", QUESTIONS)
def test_every_claim_has_a_size_on_every_tier(tier, claim):
    """Tasks of each role, with items and a rate."""
    setting = sizes_of(tier, BASELINES).setting(claim)

    assert set(setting.roles) == set(DESIGNS[claim].roles)
    assert all(asked.items > 0 and 0 < asked.base <= 1 for asked in setting.asked)


def test_the_tiny_tier_asks_its_files_and_sweeps_its_own_limit():
    """As many as the task files hold; of a sweep as many as the check, for each of the model's layers."""
    sizes = sizes_of("tiny", BASELINES)
    whole, swept = sizes.setting("arithmetic-drop"), sizes.setting("degeneration-is-not-the-cause")

    assert {task.task: task.items for task in whole.asked} == {
        "arithmetic": len(TASKS["arithmetic"].load(Bundled(), "test"))
    }
    assert {task.items for task in swept.asked} == {sweep_limit("tiny", None)}
    config = json.loads((ROOT / "fixtures" / "tiny" / "config.json").read_text())
    assert swept.layers == config["num_hidden_layers"]
    assert whole.layers == 1


def test_a_stored_limit_is_the_runs(baselines):
    """Its items per task, a quarter of them in a sweep; `--limit` overrides it; no benchmark is larger than it is."""
    whole = {"claim": "arithmetic-drop", "params": {"limit": 200}, "scores": {"base | arithmetic": [50.0, 200]}}
    write(baselines / "small", "a.json", whole)
    write(baselines / "small", "b.json", {
        "claim": "brackets-break", "params": {"limit": 200}, "scores": {
            "base | human_eval_plus": [20.0, 50], "without 0 | human_eval_plus": [0, 50],
            "without 9 | human_eval_plus": [0, 50]}})  # fmt: skip

    (arithmetic,) = sizes_of("small", baselines).setting("arithmetic-drop").asked
    assert (arithmetic.items, arithmetic.base) == (200, 0.25)
    swept = sizes_of("small", baselines).setting("brackets-break")
    assert (swept.asked[0].items, swept.asked[0].base, swept.layers) == (50, 0.01, 10)
    longer = sizes_of("small", baselines, limit=4000)
    assert longer.setting("arithmetic-drop").asked[0].items == 2000
    assert longer.setting("brackets-break").asked[0].items == 164


def test_a_claims_own_run_comes_before_anothers(baselines):
    """Sweeps ask fewer items, so their rates differ."""
    for claim, right in (("arithmetic-drop", 0.2), ("recovery-ceiling", 0.4)):
        write(baselines / "small", f"{claim}.json", {
            "claim": claim, "params": {"limit": 100}, "scores": {"base | arithmetic": [100 * right, 100]}})  # fmt: skip

    assert sizes_of("small", baselines).setting("arithmetic-drop").asked[0].base == 0.2


def test_the_spread_of_seeds_is_measured_where_there_are_several(baselines):
    """Of the retention of a claim's group, over the seeds of an arm; assumed where no run has several."""
    seeds = {f"recovered seed {seed} | {task}": [kept, 100] for task in ("word_problems", "code", "headlines")
             for seed, kept in enumerate((40.0, 50.0, 60.0))}  # fmt: skip
    base = {f"base | {task}": [100.0, 100] for task in ("word_problems", "code", "headlines", "facts")}
    row = {"claim": "low-ratios-are-viable", "params": {}, "scores": base | seeds}

    assert run_of(row, "tiny").spreads == pytest.approx([0.1])
    write(baselines / "tiny", "a.json", row | {"scores": base})
    assert sizes_of("tiny", baselines).setting("low-ratios-are-viable").spread == SPREAD
    write(baselines / "tiny", "a.json", row)
    assert sizes_of("tiny", baselines).setting("low-ratios-are-viable").spread == pytest.approx(0.1)
    assert sizes_of("tiny", baselines).setting("arithmetic-drop").spread == 0


def test_a_run_of_ones_own_gives_its_rates(baselines, tmp_path):
    """A verdicts.json: what its rows measured of the base."""
    row = {"claim": "arithmetic-drop", "params": {"limit": 50}, "measurements": {"base_scores": {"arithmetic": 0.33}}}
    given = write(tmp_path, "mine.json", {"schema": 2, "claims": [row]})

    (asked,) = sizes_of("small", baselines, given).setting("arithmetic-drop").asked
    assert (asked.base, asked.items) == (0.33, 50)


def test_items_and_base_of_every_task_can_be_named():
    """For a grid; choices keep their options."""
    setting = sizes_of("small", BASELINES).setting("classification-vs-generative-gap", 30, 0.9)

    assert {(task.items, task.base) for task in setting.asked} == {(30, 0.9)}
    assert {task.task: task.options for task in setting.asked}["piqa"] == 2


def test_a_task_that_nobody_asked_is_refused(baselines):
    """With what would help."""
    with pytest.raises(BadInput, match="no stored run says what a base scores on facts; name one with --from"):
        sizes_of("tiny", baselines).setting("classification-vs-generative-gap")


@pytest.mark.parametrize("content", ["{", "[]", '{"claims": [{}]}', '{"claims": []}'])
def test_a_file_that_is_no_run_is_refused(baselines, tmp_path, content):
    """In one sentence."""
    given = tmp_path / "x.json"
    given.write_text(content)

    with pytest.raises(BadInput, match=f"--from {re.escape(str(given))}: "):
        sizes_of("tiny", baselines, given)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    """It names what was expected."""
    with pytest.raises(BadInput, match=r"expected the baselines/ of a checkout, with benchmarks\.json"):
        sizes_of("tiny", tmp_path)


def test_the_published_benchmarks_are_those_of_the_real_tiers():
    """Every task that they ask is known, with items and what is assumed of a base; choices with their options."""
    content = json.loads((BASELINES / "benchmarks.json").read_text())
    asked = {
        task
        for questions in QUESTIONS.values()
        for tier in ("small", "gpu")
        for tasks in questions.on(tier).values()
        for task in tasks
    }

    assert asked <= set(content["tasks"])
    assert find(content["model"]) is not None
    assert all(row["source"] and 0 < row["base"] < 1 for row in content["tasks"].values())
    assert {task for task, row in content["tasks"].items() if "options" in row} >= set(CLASSIFICATION)
