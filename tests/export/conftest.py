"""Exports of the tiny model."""

import pytest

from harness.__main__ import main


@pytest.fixture
def run_export(tmp_path):
    """Runs `python -m harness export` and returns the folder."""

    def run(*arguments, name="out"):
        out = tmp_path / name
        assert main(["export", "--model", "tiny", "--out", str(out), *arguments]) == 0
        return out

    return run
