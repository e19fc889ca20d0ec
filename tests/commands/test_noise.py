"""`python -m harness noise`."""

import json

import pytest

from harness.__main__ import main
from harness.report.noise import known_rates


@pytest.fixture
def checkout(tmp_path):
    """A folder with baselines/, and the options that keep the command in it."""
    (tmp_path / "baselines").mkdir()
    return tmp_path, ["noise", "--root", str(tmp_path), "--store", str(tmp_path / "store")]


def test_rates_are_printed_and_written_where_baselines_read_them(checkout, tiny, capsys):
    """A row per task, and the same in the tier's file."""
    folder, command = checkout
    assert main([*command, "--limit", "4", "--task", "facts", "--task", "word_problems"]) == 0

    printed = capsys.readouterr().out
    assert "| task | items | bfloat16 | one at a time |" in printed
    assert "| `facts` | 4 | 0.0% | 0.0% |" in printed
    rates = known_rates(folder / "baselines" / "tiny", tiny.fingerprint)
    assert rates.keys() == {"facts", "word_problems"}
    kept = json.loads((folder / "baselines" / "tiny" / "noise.json").read_text())
    assert kept[tiny.fingerprint]["dtype"] == "float32"


def test_the_other_dtype_alone_is_a_batch_long(checkout, tiny):
    """Asking one at a time takes longest on a real model, so it can be left for later; the file keeps both."""
    folder, command = checkout
    command = [*command, "--limit", "4", "--task", "facts"]
    assert main([*command, "--other-dtype-only"]) == 0
    assert known_rates(folder / "baselines" / "tiny", tiny.fingerprint) == {"facts": {"bfloat16": 0.0}}

    assert main(command) == 0
    assert known_rates(folder / "baselines" / "tiny", tiny.fingerprint)["facts"].keys() == {"bfloat16", "one at a time"}
