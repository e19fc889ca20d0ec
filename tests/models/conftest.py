"""Copies of the tiny model."""

import shutil

import pytest

from harness.models.reference import bundled


@pytest.fixture
def copy(tmp_path):
    """Makes a copy of the tiny model, damaged."""

    def make(damage):
        shutil.copytree(bundled("tiny"), tmp_path / "copy")
        damage(tmp_path / "copy")
        return str(tmp_path / "copy")

    return make
