"""Programs of maintainers, run as they are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("module", "arguments", "sentence"),
    [
        (
            "rules",
            (),
            "nothing was asked for; expected one of answers, judging, ranking, training, and `same` or `changed`",
        ),
        (
            "rules",
            ("answers", "perhaps"),
            "answers perhaps was asked for; expected one of answers, judging, ranking, training",
        ),
        ("selfcheck.coverage", ("nowhere",), "--root nowhere: expected a checkout of this repository"),
    ],
)
def test_programs_of_maintainers_say_it_in_a_sentence_too(module, arguments, sentence, tmp_path):
    """Exit code 2, and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", f"harness.{module}", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"python -m harness.{module}: {sentence}")
    assert "Traceback" not in done.stderr
