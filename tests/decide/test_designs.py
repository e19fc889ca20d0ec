"""Designs, and the checks that decide on them."""

import re
from pathlib import Path

from harness.decide.designs import DESIGNS


def test_every_sweep_shows_the_layer_that_decided():
    """Of a page of layers only the deciding one's items say what was lost."""
    checks = [path.read_text() for path in (Path(__file__).parents[2] / "checks").rglob("test_*.py")]
    sweeps = [text for design in DESIGNS.values() if design.sweep for text in checks if f'"{design.claim}"' in text]

    assert len(sweeps) >= 3
    assert all(re.search(r'shown=\[?f?"without {(place|layer)}"', text) for text in sweeps)
