import subprocess
import sys

from harness.report.environment import environment
from harness.versions import PACKAGES


def test_environment_names_versions_machine_and_command(monkeypatch):
    """What a result depends on is there, under the names that `verdicts.json` promises."""
    monkeypatch.setattr(sys, "argv", ["pytest", "checks", "--ratio=0.25"])
    found = environment()

    assert {"versions", "platform", "processor", "device", "threads", "git", "command", "time"} == found.keys()
    assert {"python", *PACKAGES} == found["versions"].keys()
    assert found["command"] == "pytest checks --ratio=0.25"
    assert found["time"].endswith("+00:00")


def test_torch_is_not_imported_to_describe_the_device():
    """A run that needed no torch does not pay for it."""
    code = (
        "import sys; from harness.report.environment import environment; environment(); print('torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"


def test_no_repository_is_no_error(monkeypatch, tmp_path):
    """Outside a checkout the commit is unknown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert environment()["git"] == {"commit": None, "dirty": None}


def test_no_git_is_no_error(monkeypatch):
    """Nor does git have to be installed."""
    monkeypatch.setenv("PATH", "")

    assert environment()["git"] == {"commit": None, "dirty": None}
