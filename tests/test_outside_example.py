"""docs/examples/my_method as an outside user has it: installed wheels, another directory, nothing of the checkout."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

from harness.conform.contract import RULES

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """Runs Python elsewhere with our wheel and the example's; the checkout is not on its path."""
    folder = tmp_path_factory.mktemp("outside")
    wheels, site, elsewhere = (folder / name for name in ("wheels", "site", "elsewhere"))
    elsewhere.mkdir()
    build = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels)]
    subprocess.run([*build, str(ROOT), str(ROOT / "docs/examples/my_method")], check=True, cwd=folder)
    found = [str(wheel) for wheel in wheels.glob("*.whl")]
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(site), *found], check=True, cwd=folder)
    environment = {**os.environ, "PYTHONPATH": str(site), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}

    def run(*arguments, program=sys.executable, **variables):
        return subprocess.run(
            [program, *arguments],
            cwd=elsewhere,
            env=environment | variables,
            text=True,
            capture_output=True,
            check=False,
        )

    where = run("-c", "import harness, my_method; print(harness.__file__, my_method.__file__)")
    assert all(Path(path).is_relative_to(site) for path in where.stdout.split()), where.stderr
    references = {path.name: path.read_bytes() for path in (ROOT / "baselines/tiny/scoreboard").glob("*.json")}
    bundled = (site / "harness/bundled/scoreboard").glob("*.json")
    assert {path.name: path.read_bytes() for path in bundled} == references != {}
    assert sysconfig.get_paths()["purelib"] not in environment["PYTHONPATH"]
    run.site = site
    return run


CHECKS = ("-m", "pytest", "--pyargs", "harness.bundled.checks", "-m", "own_method", "-p", "no:cacheprovider")


def test_the_contract_runs_as_a_test_of_the_authors_own(outside, tmp_path):
    """As the example's page prints it; of a broken method a user sees the sentence and no traceback of the harness."""
    page = (ROOT / "docs/examples/my_method/README.md").read_text()
    mine = page.split("```python\n")[1].split("```")[0]
    (tmp_path / "test_mine.py").write_text(mine)
    (tmp_path / "test_broken.py").write_text(mine.replace("from my_method", "from broken_method"))
    (tmp_path / "broken_method.py").write_text(
        "def rank_layers(loaded, n, calibration, seed):\n    return range(n + 1)\n"
    )
    wanted = ("-k", "test_mine or answers", "-p", "no:cacheprovider")
    result = outside("-m", "pytest", str(tmp_path), *wanted, PYTHONPATH=f"{outside.site}:{tmp_path}")

    assert result.returncode == 1, result.stdout[-2000:] + result.stderr[-2000:]
    assert f"1 failed, {len(RULES)} passed" in result.stdout
    assert ": returned 4 layers [0, 1, 2, 3], expected 3" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.slow
def test_the_example_is_measured_beside_the_references(outside):
    """The scoreboard runs the new method only: the references are in the package; a baseline can be kept and holds.

    The same check on few items, in this process: `tests/conform/test_comparison.py`.
    """
    command = (*CHECKS, "-k", "scoreboard", "--method", "my_method:rank_layers", "--ratio", "0.25")
    first = outside(*command, "--update-baseline", "first version")
    again = outside(*command)

    for result in (first, again):
        assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
        assert "generative retention - that of random" in " ".join(result.stdout.split())


WORKFLOW = ROOT / "docs/examples/my_method/.github/workflows/pruning.yml"
QUICK = "-k contract"
"""What a quick run of the workflow leaves out: the scoreboard."""


@pytest.mark.parametrize("rest", [QUICK, pytest.param("", marks=pytest.mark.slow)], ids=["contract", "whole"])
def test_the_workflow_runs_step_by_step(outside, rest, tmp_path):
    """Every command but the installation, which the wheels above stand for, as the runner's shell runs it.

    By its registered name every rule of the contract is run on the ten-line method.
    """
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["checks"]["steps"]
    commands = {step["name"]: step["run"] for step in steps if "run" in step}
    summary = tmp_path / "summary.md"
    variables = {
        "PYTEST_ADDOPTS": f"{os.environ['PYTEST_ADDOPTS']} {rest}", "GITHUB_STEP_SUMMARY": str(summary),
        "PYTHON": sys.executable, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    assert list(commands) == ["Install", "Contract and scoreboard", "Summary"]
    checked = outside("-eo", "pipefail", "-c", commands["Contract and scoreboard"], program="bash", **variables)
    assert checked.returncode == 0, checked.stdout[-2000:] + checked.stderr[-2000:]
    assert f"my_method, on tiny: keeps all {len(RULES)} rules of the contract of a pruning method" in checked.stdout
    if rest == QUICK:  # which writes no row
        assert f"{len(RULES)} passed" in checked.stdout
        assert outside("-c", "mkdir -p report/claims; echo row > report/claims/a.md", program="bash").returncode == 0
    told = outside("-eo", "pipefail", "-c", commands["Summary"], program="bash", **variables)

    assert told.returncode == 0, told.stderr
    assert summary.read_text().strip()


def test_the_neighbours_checks_are_in_the_package(outside):
    """They are found from any directory, the code they share included."""
    result = outside("-m", "pytest", "--pyargs", "harness.bundled.checks", "-m", "neighbour", "--collect-only", "-q")

    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "test_width_keeps_what_depth_loses" in result.stdout


def test_the_schema_of_the_verdicts_is_in_the_package(outside):
    """Another tool reads it from the installed package."""
    schema = "resources.files('harness.report') / 'verdicts.schema.json'"
    result = outside("-c", f"from importlib import resources; print(({schema}).read_text())")

    assert '"const": 3' in result.stdout, result.stderr
