import json
from pathlib import Path

import pytest

from harness.methods.tools.lowest import lowest

GOLDEN = json.loads(Path(__file__).with_name("golden_block_scores.json").read_text())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: f"{case['model']}-{case['criterion']}")
def test_orders_of_published_scores(case):
    """Shortened LLaMA's stored perplexities and Taylor scores give its stored order of all 32 blocks."""
    assert lowest(case["scores"], 32) == tuple(case["order"])


def test_of_equals_the_deeper_goes_first():
    """As 2602.01997 breaks ties."""
    assert lowest([1.0, 0.0, 0.0, 2.0], 3) == (2, 1, 0)


def test_only_those_that_may_go_do():
    """A layer that is spared does not take the place of another."""
    assert lowest([0.0, 1.0, 2.0, 3.0], 2, among=[1, 3]) == (1, 3)
