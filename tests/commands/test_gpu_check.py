"""`python -m harness gpu-check`, on a CPU with narrow stand-ins: the same code as on a GPU."""

import json
import subprocess
import sys

import pytest

from harness.__main__ import main


def test_every_kind_of_work_is_measured_on_a_narrow_model(tmp_path):
    """No measurement fails, every one has a time; what repeats is asked; the file holds what is printed.

    In a process of its own: other tests read the peak memory of theirs. With 6 of the 60 items of each task.
    """
    file = tmp_path / "found.json"
    parts = [word for part in ("shapes", "merged", "repeat") for word in ("--part", part)]
    command = ["gpu-check", *parts, "--model", "gemma-2-2b", "--json", str(file)]
    code = f"""
from harness.__main__ import script
from harness.selfcheck import repeatability
import sys

repeatability.ITEMS, sys.argv[1:] = 6, {[*command, "--minutes", "10"]!r}
script()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    found, printed = json.loads(file.read_text()), done.stdout
    kinds = [one["what"] for one in found["measurements"]]
    assert kinds == [
        "fingerprint", "scoring", "prefill", "greedy decoding", "greedy decoding, one row", "drawn decoding",
        "sweep by likelihood", "merged prompts", "merged decoding", "variant by variant", "merged sweep",
        "training step (paper)", "training step (full)",
    ]  # fmt: skip
    assert all(kind in printed for kind in kinds)
    assert all(one["seconds"] > 0 for one in found["measurements"])
    assert not any(one["failed"] or one["note"].startswith("does not fit") for one in found["measurements"])
    assert [one["how"] for one in found["repeated"]] == ["the same batch", "one question at a time"]
    assert found["repeated"][0]["different"] == 0
    assert found["flips"].keys() >= {"arithmetic", "facts", "code"}
    assert found["machine"]["kind"] == "cpu"
    (alone,) = (one["note"] for one in found["measurements"] if one["what"] == "variant by variant")
    assert alone == "4 of them; 16 of 16 texts as in the batch of all"


def test_a_failing_check_makes_the_command_fail(tmp_path, capsys):
    """Exit code 1, as pytest's, and the test is named."""
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "test_some.py").write_text("def test_bad(): assert not 'found'\n")
    with pytest.raises(SystemExit) as ended:
        main(["gpu-check", "--part", "tiny", "--root", str(tmp_path), "--minutes", "5", "--processes", "1"])

    assert ended.value.code == 1
    assert "test_bad" in capsys.readouterr().out


def test_minutes_are_kept_on_a_cpu_too(capsys):
    """What there is no time for is said."""
    assert main(["gpu-check", "--part", "shapes", "--part", "repeat", "--minutes", "0.0001"]) == 0
    assert "flip rates of the tiny model: the time was over" in capsys.readouterr().out
