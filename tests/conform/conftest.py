"""A method examined."""

import pytest

from harness.conform.examination import examine
from harness.methods.method import METHODS, declare
from tests.conform.authors_methods import (
    TEXTS,
    no_score,
)


@pytest.fixture
def examined(tiny, monkeypatch):
    """Examines a function as a method that removes two layers."""

    def run(function, needs="forward"):
        monkeypatch.setitem(METHODS, "mine", declare(needs)(function))
        return examine("mine", tiny, 2, TEXTS, no_score)

    return run


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """What a broken method writes, it writes here."""
    monkeypatch.chdir(tmp_path)
