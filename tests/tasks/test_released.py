"""When the benchmarks were published."""

import re
from calendar import month_name
from pathlib import Path

from harness.tasks.crossed import cells
from harness.tasks.released import RELEASED
from harness.tasks.source import Folder
from harness.tasks.suite import ARITHMETIC, ARITHMETIC_LIKELIHOODS
from harness.tiers import TIERS


def test_every_real_benchmark_has_a_date():
    """Whoever adds one says since when a model may have read it."""
    crossed = (task for tasks in cells("gpu", Folder(Path())).values() for task in tasks)
    asked = {*TIERS["gpu"].classification, *TIERS["gpu"].generative, *ARITHMETIC, *ARITHMETIC_LIKELIHOODS, *crossed}

    assert asked <= RELEASED.keys()


def test_months_are_those_of_the_papers_numbers():
    """An arXiv number begins with year and month."""
    for released in RELEASED.values():
        year, month = re.fullmatch(r"(\d\d)(\d\d)\.\d{4,5}", released.arxiv).groups()
        assert released.month == f"{month_name[int(month)]} 20{year}"
