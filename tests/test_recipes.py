"""CONTRIBUTING's recipes, followed to the letter in a copy of the repository: what they add is whole and right."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STEP = re.compile(
    r"(?:(?P<create>Create)|(?P<end>At the end of)"
    r"|Below\s+the\s+line\s+that\s+begins\s+(?P<tick>`+)(?P<line>.+?)(?P=tick)\s+of)"
    r"\s+`(?P<file>[^`]+)`:\n\n(?P<indent> *)```\w*\n(?P<code>.*?)\n *```"
    r"|Run:\n\n *```\n(?P<run>.*?)\n *```"
    r"|(?P<paste>Paste its row) of the printed table at the end of the first table of `(?P<page>[^`]+)`",
    re.DOTALL,
)
pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path):
    """The repository as it stands, in another folder, under a git of its own."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    for command in (("init", "--quiet"), ("add", "--all")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def follow(copy, recipe):
    """Do what a recipe says, step by step."""
    section = (copy / "CONTRIBUTING.md").read_text().split(f"## {recipe}\n")[1].split("\n## ")[0]
    printed, done = "", 0
    for step in STEP.finditer(section):
        done += 1
        if step["run"]:
            for command in step["run"].splitlines():
                printed += run(copy, *command.strip().split(maxsplit=1))
        elif step["paste"]:
            paste(copy / step["page"], printed)
        else:
            code = "".join(line.removeprefix(step["indent"]) for line in step["code"].splitlines(keepends=True)) + "\n"
            write(copy / step["file"], code, step)
    assert done == len(re.findall(r"```\w*\n", section)) // 2 + section.count("Paste its row")


def write(file, code, step):
    """One block of a recipe."""
    if step["create"]:
        assert not file.exists()
        file.write_text(code)
        return
    lines = file.read_text().splitlines(keepends=True)
    if step["end"]:
        lines.append(code)
    else:
        begins = step["line"].strip() if len(step["tick"]) > 1 else step["line"]
        (place,) = (number for number, line in enumerate(lines) if line.startswith(begins))
        lines.insert(place + 1, code)
    file.write_text("".join(lines))


def paste(page, printed):
    """The row of a claim, from what a run printed, below the last row of a page's first table."""
    row = re.search(r"^ [a-z-]+ +tiny .*?\n\n", printed, re.DOTALL | re.MULTILINE)[0].rstrip("\n")
    text = page.read_text()
    page.write_text(text.replace("\n\nreport/verdicts.json", f"\n{row}\n\nreport/verdicts.json", 1))


def run(copy, command, rest):
    """A command in the copy, by this Python; what it printed."""
    module = {"python": [], "pytest": ["-m", "pytest", "-p", "no:cacheprovider"], "ruff": ["-m", "ruff"]}[command]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = kept | {"PYTHONPATH": str(copy), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', rest)]
    ran = subprocess.run(
        [sys.executable, *module, *words], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    return ran.stdout


def test_a_task_is_added_by_the_recipe(copy):
    """Then the tests of tasks, records and pages pass, and the linter."""
    follow(copy, "Add a task")

    run(copy, "ruff", "check .")
    run(copy, "ruff", "format --check .")
    run(copy, "pytest", "-q tests/tasks/test_judges.py tests/test_rules.py tests/test_floors.py tests/test_words.py "
        "tests/selfcheck/test_reading.py")  # fmt: skip
    tasks = "from harness.tasks.source import Bundled; from harness.tasks.suite import TASKS; "
    tasks += "print(len(TASKS['events_written'].load(Bundled(), 'test')))"
    assert run(copy, "python", f'-c "{tasks}"') == "300\n"


def test_a_claim_is_added_by_the_recipe(copy):
    """It is decided and stored, and the tests of designs, figures and pages pass, and the linter."""
    follow(copy, "Add a claim")

    run(copy, "ruff", "check .")
    run(copy, "ruff", "format --check .")
    run(copy, "pytest", "-q tests/selfcheck/simulated/test_truths.py tests/report/test_paper.py "
        "tests/selfcheck/simulated/test_sizes.py tests/test_rules.py "
        "tests/test_floors.py tests/test_words.py tests/selfcheck/test_reading.py")  # fmt: skip
    run(copy, "pytest", '-q tests/test_readme.py -k "not runs and not run_as"')
    assert list((copy / "baselines" / "tiny").glob("summaries-are-kept*.json"))
