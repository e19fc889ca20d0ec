"""Repository-wide pytest set-up; the options and fixtures themselves live in `harness.plugin`."""

import os
from pathlib import Path

import pytest

# two workers with two threads each on two cores run slower than one thread each
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Checks of a method run where one is named: `pytest checks/ --method mypkg.mymod:rank_layers`."""
    if collection_path.name.startswith("test_method_") and collection_path.parent.name == "checks":
        return None if config.option.method else True
    return None
